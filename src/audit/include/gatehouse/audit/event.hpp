// What the audit log holds: who did what to whom, from where, when, and how it ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::audit {

// What is done. Names are for good: they stand in records that nobody may change.
namespace action {
inline constexpr std::string_view kAccountAdded = "account.added";
inline constexpr std::string_view kAccountDisabled = "account.disabled";
inline constexpr std::string_view kAccountEnabled = "account.enabled";
inline constexpr std::string_view kAccountErased = "account.erased";
inline constexpr std::string_view kAccountExported = "account.exported";
inline constexpr std::string_view kRoleChanged = "account.role_changed";
inline constexpr std::string_view kPasswordChanged = "password.changed";
inline constexpr std::string_view kLinkMade = "link.made";
inline constexpr std::string_view kSecondFactorAdded = "second_factor.added";
inline constexpr std::string_view kSecondFactorRemoved = "second_factor.removed";
inline constexpr std::string_view kRecoveryCodeUsed = "second_factor.recovery_code_used";
inline constexpr std::string_view kBanBegun = "ban.begun";
inline constexpr std::string_view kBanLifted = "ban.lifted";
inline constexpr std::string_view kPolicyRead = "policy.read";
inline constexpr std::string_view kSecretsChanged = "secrets.changed";
inline constexpr std::string_view kJobCancelled = "job.cancelled";
inline constexpr std::string_view kJobRequeued = "job.requeued";
inline constexpr std::string_view kJobStarted = "job.started";
inline constexpr std::string_view kKeyAdded = "key.added";
inline constexpr std::string_view kKeyRevoked = "key.revoked";
inline constexpr std::string_view kSignIn = "sign_in";
inline constexpr std::string_view kSignOut = "sign_out";
inline constexpr std::string_view kIdentityLinked = "identity.linked";
inline constexpr std::string_view kIdentityUnlinked = "identity.unlinked";
inline constexpr std::string_view kProviderSignOut = "provider.sign_out";
inline constexpr std::string_view kSessionsEnded = "sessions.ended";
inline constexpr std::string_view kTokensRefreshed = "tokens.refreshed";  // where it was refused
inline constexpr std::string_view kTokensEnded = "tokens.ended";
inline constexpr std::string_view kTokensReuse = "tokens.reuse";
inline constexpr std::string_view kKeysRotated = "keys.rotated";
}  // namespace action

enum class Outcome : std::uint8_t { kDone, kRefused };
std::string_view name_of(Outcome outcome);

// A value. Texts are names and codes, never what a person wrote or a secret; what is longer than
// kMaxFieldBytes is cut when it is recorded.
struct Event {
  static constexpr std::size_t kMaxFieldBytes = 256;

  std::string site = "default";
  WallTime at;
  std::string action;      // one of audit::action
  std::string actor;       // "account:<id>", "visitor:<id>", "command_line", "gatehouse"
  std::string subject;     // what it was done to, in the same form
  std::string client;      // the address it came from; empty: from the machine itself
  std::string request_id;  // empty: it was no request
  Outcome outcome = Outcome::kDone;
  std::string detail;  // why, as a code: "wrong_password"
};

// An event in its place. One chain for each site, numbered from 1 without gaps.
struct Record {
  std::uint64_t sequence = 0;
  Event event;
  crypto::Digest previous{};  // digest of the record before; zeros for the first
};

// The record as a line of JSON, without its end: the same bytes wherever it is written. Its SHA-256
// is the record's digest, and stands as `previous` in the record after it, so whoever has the lines
// can prove with any SHA-256 that none was changed, taken out or moved.
std::string line_of(const Record& record);
crypto::Digest digest_of(const Record& record);

}  // namespace gatehouse::audit
