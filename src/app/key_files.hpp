// The keys of an installation, each a file of its owner's alone.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "gatehouse/base/error.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/crypto/sealer.hpp"
#include "gatehouse/crypto/signing.hpp"

namespace gatehouse::app {

// What signs the checkpoints of the audit log. open_…: made where there is none. read_…: kNotFound
// then. The errors say what to do.
Result<crypto::SigningKey> open_audit_key(const std::string& path, Random& random);
Result<crypto::SigningKey> read_audit_key(const std::string& path);

// What is sealed in the store, each under keys of its own.
inline constexpr std::string_view kRecordings = "recordings";
inline constexpr std::string_view kSecondFactors = "second factors";
inline constexpr std::string_view kTokenKeys = "token keys";
inline constexpr std::string_view kRefreshFamilies = "refresh families";
inline constexpr std::string_view kMessages = "messages";
inline constexpr std::string_view kReplies = "replies";
// What stands in cookies while somebody is at a provider.
inline constexpr std::string_view kOpenIdFlows = "openid flows";

// A sealer for each. Copies share their keys.
struct Sealers {
  explicit Sealers(const crypto::SealingKeys& keys);
  // From now on these keys, for all copies too.
  void use(const crypto::SealingKeys& keys);

  crypto::Sealer recordings;
  crypto::Sealer second_factors;
  crypto::Sealer token_keys;
  crypto::Sealer refresh_families;
  crypto::Sealer messages;
  crypto::Sealer replies;
  crypto::Sealer openid_flows;
};

Result<crypto::SealingKeys> open_sealing_keys(const std::string& path, Random& random);
Result<crypto::SealingKeys> read_sealing_keys(const std::string& path);
// Puts what `change` makes of the keys in their place, at once and while no other process does the
// same; nothing when it makes nothing of them. Answers with the keys that are there then.
using ChangeKeys =
    std::function<std::optional<crypto::SealingKeys>(const crypto::SealingKeys& keys)>;
Result<crypto::SealingKeys> change_sealing_keys(const std::string& path, const ChangeKeys& change);

}  // namespace gatehouse::app
