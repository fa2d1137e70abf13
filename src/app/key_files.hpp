// The keys of an installation, each a file of its owner's alone.
#pragma once

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
// What stands in cookies while somebody is at a provider.
inline constexpr std::string_view kOpenIdFlows = "openid flows";
Result<crypto::SealingKeys> open_sealing_keys(const std::string& path, Random& random);
Result<crypto::SealingKeys> read_sealing_keys(const std::string& path);

}  // namespace gatehouse::app
