// A secret of HashiCorp Vault's key-value engine, version 2.
#pragma once

#include <cstdint>
#include <string_view>

#include "gatehouse/settings/machine.hpp"

namespace gatehouse::secrets {

// What an answer of Vault's comes to, as settings::SecretSources says.
Result<Secret> read_vault_answer(std::uint16_t status, std::string_view body,
                                 const settings::SecretReference& reference);

// Blocks for 5 seconds at most.
Result<Secret> ask_vault(const settings::SecretReference& reference,
                         const settings::VaultAccess& vault);

}  // namespace gatehouse::secrets
