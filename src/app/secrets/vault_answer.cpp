#include <string>

#include "gatehouse/codec/json.hpp"
#include "vault.hpp"

namespace gatehouse::secrets {
namespace {

constexpr std::uint16_t kOk = 200;
constexpr std::uint16_t kForbidden = 403;
constexpr std::uint16_t kNotFound = 404;
constexpr std::uint16_t kTooMany = 429;  // also of a standby
constexpr std::uint16_t kServerErrors = 500;
constexpr std::uint16_t kSealed = 503;

std::unexpected<Error> refused(std::uint16_t status, const settings::SecretReference& reference) {
  const std::string path = reference.vault_path();
  if (status == kForbidden) {
    return fail(ErrorCode::kForbidden,
                "Vault refuses the token for " + path +
                    ": is it right and still good, and may it read there? The namespace counts "
                    "too.");
  }
  if (status == kNotFound) {
    return fail(ErrorCode::kNotFound,
                "Vault has nothing at " + path +
                    ", or its latest version was deleted. The path is without data/, and the "
                    "engine must be KV version 2.");
  }
  if (status == kSealed)
    return fail(ErrorCode::kUnavailable, "Vault is sealed or being looked after: unseal it.");
  const bool is_away = status >= kServerErrors || status == kTooMany;
  return fail(is_away ? ErrorCode::kUnavailable : ErrorCode::kUpstreamFailed,
              "Vault answered with status " + std::to_string(status) +
                  ": is VAULT_ADDR the address of Vault itself?");
}

}  // namespace

Result<Secret> read_vault_answer(std::uint16_t status, std::string_view body,
                                 const settings::SecretReference& reference) {
  if (status != kOk) return refused(status, reference);
  codec::JsonReader reader;
  const auto json = reader.read(body);
  if (!json || !(*json)["data"]["data"].is_object()) {
    return fail(ErrorCode::kUpstreamFailed,
                "What answered is not Vault's key-value engine of version 2: is VAULT_ADDR right?");
  }
  const auto value = (*json)["data"]["data"][reference.key];
  if (const auto text = value.string()) return Secret(std::string(*text));
  return fail(ErrorCode::kNotFound, "The secret at " + reference.vault_path() +
                                        (value.exists() ? " has no text at " : " has no key ") +
                                        reference.key + ".");
}

}  // namespace gatehouse::secrets
