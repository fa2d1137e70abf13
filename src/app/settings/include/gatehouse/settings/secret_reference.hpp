// Secrets that a setting doesn't hold but points at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"

namespace gatehouse::settings {

// "vault:mount/path#key" or "exec:program arguments". Holds no secret itself.
struct SecretReference {
  enum class Kind : std::uint8_t { kVault, kExec };

  Kind kind = Kind::kVault;
  std::string mount;                   // of kVault: the first element of the path
  std::string path;                    // of kVault: the others
  std::string key;                     // of kVault: the member of the secret
  std::vector<std::string> arguments;  // of kExec: the program first; never empty then

  // Below /v1/ of Vault's API: "secret/data/gatehouse".
  std::string vault_path() const { return mount + "/data/" + path; }
  // For people: "vault secret/data/gatehouse#session", "exec pass". Arguments stay out of it.
  std::string shown() const;
  friend bool operator==(const SecretReference&, const SecretReference&) = default;
};

// Whether it is meant as a reference, right or wrong.
bool is_secret_reference(std::string_view text);
// kInvalid says what is wrong with it, without repeating it. `text` must be meant as one.
Result<SecretReference> parse_secret_reference(std::string_view text);

}  // namespace gatehouse::settings
