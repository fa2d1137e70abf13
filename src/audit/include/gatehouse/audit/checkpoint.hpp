// Signed marks along the chain of records, and the proof that nothing was changed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gatehouse/audit/event.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/crypto/signing.hpp"

namespace gatehouse::audit {

// Says that the record of that number had that digest. Where old records are removed, the
// checkpoint of the last of them stands for all, and the chain goes on from it.
struct Checkpoint {
  std::string site = "default";
  std::uint64_t sequence = 0;
  WallTime at;
  crypto::Digest digest{};
  crypto::Signature signature{};
};

// What is signed: a line of JSON without its end.
std::string signed_text(const Checkpoint& checkpoint);
// The same line with the signature, for exports.
std::string line_of(const Checkpoint& checkpoint);
void sign(Checkpoint& checkpoint, const crypto::SigningKey& key);

// A record as far as the chain goes.
struct ChainLink {
  std::uint64_t sequence = 0;
  crypto::Digest previous{};
  crypto::Digest digest{};
};

struct Proof {
  std::uint64_t first = 0;  // the numbers of the records that were checked; 0: there is none
  std::uint64_t last = 0;
  crypto::Digest last_digest{};
  std::uint64_t checkpoints = 0;
};

// Checks the records of one site in their order, one after the other: each follows the one before,
// and agrees with the checkpoints. The error names the first record that was changed, is missing or
// stands elsewhere than it did.
class Verifier {
 public:
  // `checkpoints` by sequence. Their signatures are checked against `key`; without one they aren't.
  Verifier(std::vector<Checkpoint> checkpoints, std::optional<crypto::PublicKey> key);

  Result<void> add(const ChainLink& link);
  Result<Proof> finish();

 private:
  Result<void> check_start(const ChainLink& link);
  Result<void> check_place(const ChainLink& link);
  Result<void> check_signatures() const;

  const std::vector<Checkpoint> checkpoints_;
  const std::optional<crypto::PublicKey> key_;
  std::size_t next_checkpoint_ = 0;
  Proof proof_;
};

}  // namespace gatehouse::audit
