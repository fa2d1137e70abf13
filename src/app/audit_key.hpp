// The key that signs the checkpoints of the audit log, as a file.
#pragma once

#include <string>

#include "gatehouse/base/error.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/crypto/signing.hpp"

namespace gatehouse::app {

// Makes it where there is none, for its owner only. The error says what to do.
Result<crypto::SigningKey> open_audit_key(const std::string& path, Random& random);
// kNotFound where there is none.
Result<crypto::SigningKey> read_audit_key(const std::string& path);

}  // namespace gatehouse::app
