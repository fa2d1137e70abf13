// The audit log as lines of JSON that anybody can keep and check.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/audit/checkpoint.hpp"
#include "gatehouse/audit/log.hpp"
#include "gatehouse/crypto/signing.hpp"

namespace gatehouse::operations {

// The first line of an export. Behind it stand records (audit::line_of) and, each behind the record
// it is of, checkpoints.
std::string export_header(std::string_view site, const crypto::PublicKey& key);

// Checks a whole export: with the public key that it names itself, unless another one is given,
// which whoever forged it couldn't have signed for. kInvalid for what is no export; kConflict names
// the first record that was changed, is missing or stands elsewhere.
Result<audit::Proof> verify_export(std::string_view text,
                                   std::optional<crypto::PublicKey> trusted_key);

// base64url; nothing for what is no public key.
std::optional<crypto::PublicKey> read_public_key(std::string_view text);
std::string public_key_text(const crypto::PublicKey& key);

// For people to read: when, who, what, to whom, from where, how it ended.
std::string table_row(const audit::Record& record);

}  // namespace gatehouse::operations
