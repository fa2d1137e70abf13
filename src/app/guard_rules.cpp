#include "guard_rules.hpp"

#include "gatehouse/server/asset.hpp"
#include "rule_files.hpp"

namespace gatehouse::app {
namespace {

constexpr std::string_view kRulesFolder = "/rules/";
constexpr std::string_view kCompiled = "compiled.bin";

struct EmbeddedRules {
  std::vector<guard::RuleFile> files;
  std::string_view compiled;
};

EmbeddedRules embedded_rules() {
  EmbeddedRules rules;
  for (const auto& asset : server::embedded_assets()) {
    if (!asset.path.starts_with(kRulesFolder)) continue;
    const auto name = asset.path.substr(kRulesFolder.size());
    if (name == kCompiled) {
      rules.compiled = asset.identity;
    } else {
      rules.files.push_back({std::string(name), std::string(asset.identity)});
    }
  }
  return rules;
}

// An operator looks for the file by the path that the setting leads to.
std::unexpected<Error> in_folder(const std::string& folder, Error error) {
  if (!error.client_message.starts_with(folder))
    error.client_message = folder + (folder.ends_with('/') ? "" : "/") + error.client_message;
  return std::unexpected(std::move(error));
}

}  // namespace

Result<std::shared_ptr<const guard::MessageRules>> load_message_rules(const std::string& folder) {
  const EmbeddedRules embedded = embedded_rules();
  if (folder.empty()) return guard::MessageRules::compile(embedded.files, embedded.compiled);
  const auto files = read_rule_folder(folder);
  if (!files) return std::unexpected(files.error());
  auto rules = guard::MessageRules::compile(*files, embedded.compiled);
  if (!rules) return in_folder(folder, std::move(rules.error()));
  return rules;
}

}  // namespace gatehouse::app
