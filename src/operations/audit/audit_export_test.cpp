#include "gatehouse/operations/audit_export.hpp"

#include <gtest/gtest.h>

namespace gatehouse::operations {
namespace {

using audit::Checkpoint;
using audit::Record;

class Exports : public testing::Test {
 protected:
  Exports() {
    text_ = export_header("default", key_.public_key()) + "\n";
    crypto::Digest previous{};
    for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) {
      const Record record{.sequence = sequence,
                          .event = {.action = "sign_in", .detail = "a \"quoted\" \\ word"},
                          .previous = previous};
      previous = audit::digest_of(record);
      text_ += audit::line_of(record) + "\n";
      if (sequence % 2 == 0) continue;
      Checkpoint checkpoint{.sequence = sequence, .digest = previous};
      audit::sign(checkpoint, key_);
      text_ += audit::line_of(checkpoint) + "\n";
    }
  }

  SecureRandom random_;
  const crypto::SigningKey key_ = crypto::SigningKey::make(random_);
  std::string text_;
};

TEST_F(Exports, AreProvedWithTheirOwnKeyOrOneThatIsTrusted) {
  const auto proof = verify_export(text_, std::nullopt);
  ASSERT_TRUE(proof) << proof.error().client_message;
  EXPECT_EQ(proof->last, 5U);
  EXPECT_EQ(proof->checkpoints, 3U);
  EXPECT_TRUE(verify_export(text_, key_.public_key()));
  EXPECT_FALSE(verify_export(text_, crypto::SigningKey::make(random_).public_key()));
}

TEST_F(Exports, NoByteCanBeOtherwise) {
  for (std::size_t i = 0; i < text_.size(); ++i) {
    std::string changed = text_;
    changed[i] = changed[i] == '1' ? '2' : '1';
    EXPECT_FALSE(verify_export(changed, key_.public_key())) << i << ": " << text_.substr(i, 20);
  }
}

// A checkpoint stands for all up to its record, so the first may be gone; and what came after the
// last checkpoint may never have been.
TEST_F(Exports, NoLineCanBeAwayButCheckpointsAndWhatTheyStandFor) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text_.size(); at = text_.find('\n', at) + 1) starts.push_back(at);
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    std::string less = text_;
    less.erase(starts[i], starts[i + 1] - starts[i]);
    const bool is_checkpoint = text_.substr(starts[i], 13) == "{\"checkpoint\"";
    const bool is_stood_for = i == 1;
    EXPECT_EQ(verify_export(less, key_.public_key()).has_value(), is_checkpoint || is_stood_for)
        << i;
  }
}

TEST_F(Exports, WhatIsNoneIsToldByItsLine) {
  for (const std::string_view text : {"", "{}", "[]", "x", "{\"gatehouse_audit\":1}"}) {
    const auto proof = verify_export(text, std::nullopt);
    ASSERT_FALSE(proof) << text;
    EXPECT_EQ(proof.error().client_message, "Line 1 is not of an export.");
  }
  EXPECT_EQ(verify_export(text_ + "\n", std::nullopt).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace gatehouse::operations
