// What stands behind references, while settings are loaded.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gatehouse/settings/load.hpp"

namespace gatehouse::settings {

struct Sourced {
  Value value;
  std::string source;
};

// Asks for each reference once. A source that is away is not asked again.
class SecretReader {
 public:
  explicit SecretReader(SecretSources* sources) : sources_(sources) {}

  void use_vault(VaultAccess vault) {
    vault_ = std::move(vault);
    knows_vault_ = true;
  }
  // The same again for all but references, which become the secret behind them; unset where there
  // are no sources. The error is the rest of a sentence.
  Result<Sourced> read(const Setting& setting, Sourced given);
  bool has_read() const { return !known_.empty(); }

 private:
  Result<Secret> look_up(const SecretReference& reference);

  struct Known {
    SecretReference reference;
    Result<Secret> found;
  };

  SecretSources* const sources_;  // null: none
  VaultAccess vault_;
  bool knows_vault_ = false;
  std::vector<Known> known_;
};

}  // namespace gatehouse::settings
