// What the server and the module that holds libmodsecurity say to each other. The module is loaded
// only where the firewall is on: the libraries behind it take 9 MB and 40 ms of every start.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/guard/firewall_request.hpp"

namespace gatehouse::firewall {

struct InspectorSettings {
  std::string rules_folder;
  unsigned paranoia = 1;
  bool reads_messages = false;
};

struct RuleHit {
  int rule = 0;
  unsigned points = 0;
  std::string message;  // of the rule
  std::string data;     // what it matched and where, as the rule logs it; not redacted
};

struct Inspection {
  std::vector<RuleHit> hits;   // in their order; a rule may stand there more than once
  std::string_view unscanned;  // a literal that lives as long as the inspector; empty: nothing
};

// Safe from any thread.
class Inspector {
 public:
  virtual ~Inspector() = default;
  virtual Inspection inspect(const guard::FirewallRequest& request) const noexcept = 0;
};

// The module's one function: makes an inspector, or says in one line why there is none.
using OpenInspector = void (*)(const InspectorSettings& settings,
                               std::unique_ptr<Inspector>& inspector, std::string& problem);
inline constexpr const char* kOpenInspector = "gatehouse_open_inspector";

}  // namespace gatehouse::firewall
