#include "secret_reader.hpp"

#include <algorithm>

#include "values.hpp"

namespace gatehouse::settings {

Result<Sourced> SecretReader::read(const Setting& setting, Sourced given) {
  const auto* reference = std::get_if<SecretReference>(&given.value);
  if (reference == nullptr) return given;
  if (sources_ == nullptr) return Sourced{{}, std::move(given.source)};
  const auto secret = look_up(*reference);
  if (!secret) return std::unexpected(secret.error());
  auto value = parse_value(setting, secret->reveal());
  if (!value) {
    return fail(ErrorCode::kInvalid,
                "what " + reference->shown() + " holds " + value.error().client_message);
  }
  if (is_unset(*value)) return fail(ErrorCode::kInvalid, reference->shown() + " is empty.");
  return Sourced{std::move(*value), given.source + ", " + reference->shown()};
}

Result<Secret> SecretReader::look_up(const SecretReference& reference) {
  const bool is_vault = reference.kind == SecretReference::Kind::kVault;
  if (is_vault && !knows_vault_) {
    return fail(ErrorCode::kInvalid,
                "can't be in Vault itself: give it as VAULT_TOKEN_FILE, or exec:.");
  }
  if (is_vault && vault_.address.empty())
    return fail(ErrorCode::kInvalid, "is in Vault, but nobody knows where: set VAULT_ADDR.");
  if (is_vault && vault_.token.is_empty())
    return fail(ErrorCode::kInvalid, "is in Vault, which wants a token: set VAULT_TOKEN_FILE.");
  const auto known = std::ranges::find_if(known_, [&](const Known& one) {
    const bool is_away = is_vault && one.reference.kind == SecretReference::Kind::kVault &&
                         !one.found && one.found.error().code == ErrorCode::kUnavailable;
    return is_away || one.reference == reference;
  });
  if (known != known_.end()) return known->found;
  return known_.emplace_back(reference, sources_->look_up(reference, vault_)).found;
}

}  // namespace gatehouse::settings
