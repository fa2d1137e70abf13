#include "gatehouse/settings/kept_secrets.hpp"

#include <algorithm>

namespace gatehouse::settings {

Result<Secret> KeptSecrets::look_up(const SecretReference& reference, const VaultAccess& vault) {
  auto found = sources_.look_up(reference, vault);
  const auto kept = std::ranges::find(kept_, reference, &Kept::reference);
  if (!found) {
    if (kept == kept_.end()) return found;
    failures_.push_back({reference.shown(), found.error().client_message});
    return kept->secret;
  }
  if (kept == kept_.end()) {
    kept_.push_back({reference, *found});
  } else {
    kept->secret = *found;
  }
  return found;
}

}  // namespace gatehouse::settings
