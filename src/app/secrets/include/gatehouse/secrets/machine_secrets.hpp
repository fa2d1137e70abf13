// Secrets behind references, from Vault and from programs.
#pragma once

#include "gatehouse/base/clock.hpp"
#include "gatehouse/settings/machine.hpp"

namespace gatehouse::secrets {

// Vault has 5 seconds for an answer of at most 256 KB, a program 10 seconds for 64 KB. Programs get
// the environment but for the secrets in it. One thread at a time; blocks.
class MachineSecrets final : public settings::SecretSources {
 public:
  MachineSecrets(const settings::Environment& environment, const Clock& clock)
      : environment_(environment), clock_(clock) {}

  Result<Secret> look_up(const settings::SecretReference& reference,
                         const settings::VaultAccess& vault) override;

 private:
  const settings::Environment& environment_;
  const Clock& clock_;
};

}  // namespace gatehouse::secrets
