#include "gatehouse/audit/checkpoint.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::audit {
namespace {

JsonWriter& append_members(JsonWriter& json, const Checkpoint& checkpoint) {
  return json.member("checkpoint", checkpoint.sequence)
      .member("at", to_rfc3339(checkpoint.at))
      .member("site", checkpoint.site)
      .member("digest", to_hex(crypto::as_text(checkpoint.digest)));
}

std::unexpected<Error> broken(std::string what) {
  return fail(ErrorCode::kConflict, std::move(what));
}

std::string record_name(std::uint64_t sequence) { return "Record " + std::to_string(sequence); }

}  // namespace

std::string signed_text(const Checkpoint& checkpoint) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  append_members(json, checkpoint).end_object();
  return text;
}

std::string line_of(const Checkpoint& checkpoint) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  append_members(json, checkpoint)
      .member("signature", to_base64url(crypto::as_text(checkpoint.signature)))
      .end_object();
  return line;
}

void sign(Checkpoint& checkpoint, const crypto::SigningKey& key) {
  checkpoint.signature = key.sign(signed_text(checkpoint));
}

Verifier::Verifier(std::vector<Checkpoint> checkpoints, std::optional<crypto::PublicKey> key)
    : checkpoints_(std::move(checkpoints)), key_(key) {}

// The first record is number 1, or the one after a checkpoint that stands for what was removed.
Result<void> Verifier::check_start(const ChainLink& link) {
  proof_.first = link.sequence;
  while (next_checkpoint_ < checkpoints_.size() &&
         checkpoints_[next_checkpoint_].sequence + 1 < link.sequence) {
    ++next_checkpoint_;
  }
  if (link.sequence == 1) {
    if (link.previous == crypto::Digest{}) return {};
    return broken("Record 1 was changed: it names a record before it.");
  }
  const bool has_start = next_checkpoint_ < checkpoints_.size() &&
                         checkpoints_[next_checkpoint_].sequence + 1 == link.sequence;
  if (!has_start) {
    return broken(record_name(link.sequence - 1) +
                  " is missing, and no checkpoint stands for it and those before.");
  }
  const auto& start = checkpoints_[next_checkpoint_++];
  if (start.digest == link.previous) return {};
  return broken(record_name(link.sequence) + " was changed: it doesn't follow checkpoint " +
                std::to_string(start.sequence) + ".");
}

Result<void> Verifier::check_place(const ChainLink& link) {
  if (proof_.last == 0) return check_start(link);
  if (link.sequence > proof_.last + 1) return broken(record_name(proof_.last + 1) + " is missing.");
  if (link.sequence <= proof_.last)
    return broken(record_name(link.sequence) + " stands in another's place.");
  if (link.previous == proof_.last_digest) return {};
  return broken(record_name(proof_.last) + " was changed, or the one behind it.");
}

Result<void> Verifier::add(const ChainLink& link) {
  if (auto placed = check_place(link); !placed) return placed;
  if (next_checkpoint_ < checkpoints_.size() &&
      checkpoints_[next_checkpoint_].sequence == link.sequence) {
    if (checkpoints_[next_checkpoint_].digest != link.digest)
      return broken(record_name(link.sequence) + " was changed: its checkpoint says otherwise.");
    ++next_checkpoint_;
  }
  proof_.last = link.sequence;
  proof_.last_digest = link.digest;
  return {};
}

Result<void> Verifier::check_signatures() const {
  if (!key_) return {};
  for (const auto& each : checkpoints_) {
    if (!crypto::is_signature(each.signature, signed_text(each), *key_)) {
      return broken("Checkpoint " + std::to_string(each.sequence) +
                    " was not signed by this installation, or was changed.");
    }
  }
  return {};
}

Result<Proof> Verifier::finish() {
  if (auto all_signed = check_signatures(); !all_signed) return std::unexpected(all_signed.error());
  if (next_checkpoint_ < checkpoints_.size() && checkpoints_.back().sequence > proof_.last &&
      proof_.last != 0) {
    return broken(record_name(proof_.last + 1) + " is missing: there is a checkpoint of record " +
                  std::to_string(checkpoints_.back().sequence) + ".");
  }
  proof_.checkpoints = checkpoints_.size();
  return proof_;
}

}  // namespace gatehouse::audit
