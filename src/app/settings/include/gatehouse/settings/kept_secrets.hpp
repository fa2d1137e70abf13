// Secrets behind references, kept for when their source is away.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gatehouse/settings/machine.hpp"

namespace gatehouse::settings {

// Asks another, and answers with what it had the last time where that fails: a server that runs
// doesn't lose a secret because Vault is restarted. At the start there is nothing kept, so a
// failure stays one. One thread at a time; `sources` outlives this.
class KeptSecrets final : public SecretSources {
 public:
  explicit KeptSecrets(SecretSources& sources) : sources_(sources) {}

  Result<Secret> look_up(const SecretReference& reference, const VaultAccess& vault) override;

  struct Failure {
    std::string reference;  // as it is shown
    std::string message;
  };
  // Which secrets are those of before, since the last call.
  std::vector<Failure> take_failures() { return std::exchange(failures_, {}); }

 private:
  struct Kept {
    SecretReference reference;
    Secret secret;
  };

  SecretSources& sources_;
  std::vector<Kept> kept_;
  std::vector<Failure> failures_;
};

}  // namespace gatehouse::settings
