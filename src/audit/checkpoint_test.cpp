#include "gatehouse/audit/checkpoint.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace gatehouse::audit {
namespace {

class Chain : public testing::Test {
 protected:
  Chain() {
    crypto::Digest previous{};
    for (std::uint64_t sequence = 1; sequence <= 20; ++sequence) {
      Record record{.sequence = sequence,
                    .event = {.action = "sign_in", .actor = "account:" + std::to_string(sequence)},
                    .previous = previous};
      previous = digest_of(record);
      records_.push_back(std::move(record));
    }
  }

  Checkpoint checkpoint_of(std::uint64_t sequence) const {
    Checkpoint checkpoint{.sequence = sequence, .digest = digest_of(records_[sequence - 1])};
    sign(checkpoint, key_);
    return checkpoint;
  }
  // The proof, or what is wrong; the digests are made anew, as a forger would.
  static Result<Proof> verify(const std::vector<Record>& records,
                              std::vector<Checkpoint> checkpoints,
                              std::optional<crypto::PublicKey> key = std::nullopt) {
    Verifier verifier(std::move(checkpoints), key);
    for (const auto& record : records) {
      auto added = verifier.add(
          {.sequence = record.sequence, .previous = record.previous, .digest = digest_of(record)});
      if (!added) return std::unexpected(added.error());
    }
    return verifier.finish();
  }
  static std::string problem(const std::vector<Record>& records,
                             std::vector<Checkpoint> checkpoints = {}) {
    const auto proof = verify(records, std::move(checkpoints));
    return proof ? "" : proof.error().client_message;
  }

  SecureRandom random_;
  const crypto::SigningKey key_ = crypto::SigningKey::make(random_);
  std::vector<Record> records_;
};

TEST_F(Chain, IsProvedFromItsFirstRecordToItsLast) {
  const auto proof = verify(records_, {checkpoint_of(7), checkpoint_of(20)}, key_.public_key());
  ASSERT_TRUE(proof) << proof.error().client_message;
  EXPECT_EQ(proof->first, 1U);
  EXPECT_EQ(proof->last, 20U);
  EXPECT_EQ(proof->checkpoints, 2U);
  EXPECT_EQ(proof->last_digest, digest_of(records_.back()));
  EXPECT_EQ(verify({}, {})->last, 0U);
}

TEST_F(Chain, EveryChangeIsFoundAndItsPlaceNamed) {
  for (std::size_t i = 0; i < records_.size(); ++i) {
    auto changed = records_;
    changed[i].event.actor = "account:0";
    const auto name = "Record " + std::to_string(i + 1) + " was changed";
    EXPECT_TRUE(problem(changed, {checkpoint_of(20)}).starts_with(name)) << problem(changed);
    if (i + 1 < records_.size()) EXPECT_TRUE(problem(changed).starts_with(name));
  }
}

TEST_F(Chain, EveryRecordThatIsTakenOutIsMissed) {
  for (std::size_t i = 0; i < records_.size(); ++i) {
    auto less = records_;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
    const auto name = "Record " + std::to_string(i + 1) + " is missing";
    EXPECT_TRUE(problem(less, {checkpoint_of(20)}).starts_with(name)) << i << problem(less);
  }
}

TEST_F(Chain, RecordsThatStandElsewhereAreFound) {
  for (std::size_t i = 0; i + 1 < records_.size(); ++i) {
    auto moved = records_;
    std::swap(moved[i], moved[i + 1]);
    EXPECT_NE(problem(moved), "") << i;
    std::swap(moved[i].sequence, moved[i + 1].sequence);
    EXPECT_NE(problem(moved), "") << i << ", with each other's numbers";
  }
  auto twice = records_;
  twice.insert(twice.begin() + 5, twice[4]);
  EXPECT_EQ(problem(twice), "Record 5 stands in another's place.");
}

TEST_F(Chain, AForgedOneMissesTheCheckpoints) {
  auto forged = records_;
  forged[9].event.actor = "account:0";
  for (std::size_t i = 10; i < forged.size(); ++i) forged[i].previous = digest_of(forged[i - 1]);
  EXPECT_EQ(problem(forged), "") << "whoever makes all of it anew has a chain";
  EXPECT_EQ(problem(forged, {checkpoint_of(9)}), "");
  EXPECT_EQ(problem(forged, {checkpoint_of(15)}),
            "Record 15 was changed: its checkpoint says otherwise.");
}

TEST_F(Chain, GoesOnFromTheCheckpointOfWhatWasRemoved) {
  const std::vector<Record> rest(records_.begin() + 12, records_.end());
  EXPECT_EQ(problem(rest, {checkpoint_of(12)}), "");
  EXPECT_EQ(problem(rest, {checkpoint_of(5), checkpoint_of(12), checkpoint_of(20)}), "");
  EXPECT_EQ(problem(rest),
            "Record 12 is missing, and no checkpoint stands for it and those before.");
  EXPECT_NE(problem(rest, {checkpoint_of(11)}), "");
  auto other = checkpoint_of(12);
  other.digest = checkpoint_of(11).digest;
  EXPECT_EQ(problem(rest, {other}), "Record 13 was changed: it doesn't follow checkpoint 12.");
}

TEST_F(Chain, CheckpointsOfAnotherKeyOrWithOtherWordsDontCount) {
  const auto other = crypto::SigningKey::make(random_);
  EXPECT_FALSE(verify(records_, {checkpoint_of(7)}, other.public_key()));
  auto changed = checkpoint_of(7);
  changed.at += std::chrono::milliseconds(1);
  const auto proof = verify(records_, {changed}, key_.public_key());
  ASSERT_FALSE(proof);
  EXPECT_TRUE(proof.error().client_message.starts_with("Checkpoint 7 was not signed"));
}

}  // namespace
}  // namespace gatehouse::audit
