#include "gatehouse/secrets/machine_secrets.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "gatehouse/settings/setting.hpp"
#include "program.hpp"
#include "vault.hpp"

namespace gatehouse::secrets {
namespace {

bool is_of_a_secret(std::string_view name) {
  return std::ranges::any_of(settings::all_settings(), [&](const settings::Setting& setting) {
    return setting.is_secret() &&
           std::ranges::any_of(setting.environment, [&](const settings::EnvironmentName& one) {
             return !one.name.empty() && one.name == name;
           });
  });
}

std::vector<std::string> without_secrets(const settings::Environment& environment) {
  std::vector<std::string> left;
  for (const auto& name : environment.names()) {
    const auto text = environment.get(name);
    if (text && !is_of_a_secret(name)) left.push_back(name + "=" + *text);
  }
  return left;
}

}  // namespace

Result<Secret> MachineSecrets::look_up(const settings::SecretReference& reference,
                                       const settings::VaultAccess& vault) {
  if (reference.kind == settings::SecretReference::Kind::kVault) return ask_vault(reference, vault);
  return output_of(reference.arguments, without_secrets(environment_), clock_);
}

}  // namespace gatehouse::secrets
