// libmodsecurity behind the one function that the server looks up.
#include "inspector.hpp"

#include <modsecurity/modsecurity.h>
#include <modsecurity/rule_message.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>

#include <exception>

#include "module/rules.hpp"

namespace gatehouse::firewall {
namespace {

constexpr int kClientPort = 0;  // no rule asks for ports or for our own address
constexpr int kServerPort = 443;

// Points of anomaly by severity, as CRS has them: critical 5, error 4, warning 3, notice 2.
unsigned points_of(int severity) {
  constexpr int kCritical = 2;
  constexpr int kNotice = 5;
  return severity >= kCritical && severity <= kNotice ? static_cast<unsigned>(7 - severity) : 0;
}

// Hits are read from the transaction; without a callback the library prints them.
void drop_log(void*, const void*) {}

class ModSecurityInspector final : public Inspector {
 public:
  ModSecurityInspector() {
    library_->setServerLogCb(drop_log, modsecurity::RuleMessageLogProperty);
  }

  std::string load(const InspectorSettings& settings) { return load_rules(*rules_, settings); }

  Inspection inspect(const guard::FirewallRequest& request) const noexcept override {
    try {
      return run(request);
    } catch (const std::exception&) {
      return {.hits = {}, .unscanned = "the firewall has failed"};
    }
  }

 private:
  Inspection run(const guard::FirewallRequest& request) const {
    modsecurity::Transaction transaction(library_.get(), rules_.get(), nullptr);
    transaction.processConnection(request.client.c_str(), kClientPort, "127.0.0.1", kServerPort);
    transaction.processURI(request.target.c_str(), request.method.c_str(),
                           request.is_http_1_0 ? "1.0" : "1.1");
    for (const auto& [name, value] : request.headers) transaction.addRequestHeader(name, value);
    transaction.processRequestHeaders();
    if (!request.body.empty()) {
      transaction.appendRequestBody(reinterpret_cast<const unsigned char*>(request.body.data()),
                                    request.body.size());
    }
    transaction.processRequestBody();
    return report_of(transaction);
  }

  static Inspection report_of(const modsecurity::Transaction& transaction) {
    Inspection found;
    for (const auto& message : transaction.m_rulesMessages) {
      if (message.m_ruleId == kBodyNotRead) {
        found.unscanned = "the body could not be read";
      } else if (message.m_ruleId == kMatchGivenUp) {
        found.unscanned = "a pattern took too many steps";
      } else if (const unsigned points = points_of(message.m_severity); points > 0) {
        found.hits.push_back({.rule = message.m_ruleId,
                              .points = points,
                              .message = message.m_message,
                              .data = message.m_data});
      }
    }
    return found;
  }

  const std::unique_ptr<modsecurity::ModSecurity> library_ =
      std::make_unique<modsecurity::ModSecurity>();
  const std::unique_ptr<modsecurity::RulesSet> rules_ = std::make_unique<modsecurity::RulesSet>();
};

}  // namespace
}  // namespace gatehouse::firewall

extern "C" __attribute__((visibility("default"))) void gatehouse_open_inspector(
    const gatehouse::firewall::InspectorSettings& settings,
    std::unique_ptr<gatehouse::firewall::Inspector>& inspector, std::string& problem) {
  try {
    auto made = std::make_unique<gatehouse::firewall::ModSecurityInspector>();
    problem = made->load(settings);
    if (problem.empty()) inspector = std::move(made);
  } catch (const std::exception& exception) {
    problem = exception.what();
  }
}
