#include "gatehouse/store/sqlite/replies.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "compression.hpp"
#include "gatehouse/async/answer_of.hpp"
#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

using async::answer_of;

constexpr std::uint64_t kRoomy = 1024 * 1024;
const WallTime kNow{std::chrono::milliseconds(1'800'000'000'000)};

chat::ReplyKey key_of(std::string_view name) { return crypto::sha256(name); }

class RepliesTest : public ::testing::Test {
 protected:
  void open(std::uint64_t max_bytes = kRoomy) {
    replies_.reset();
    auto opened = Replies::open(path_, crypto::Sealer(keys_, "replies"), max_bytes, random_);
    ASSERT_TRUE(opened) << opened.error().for_log();
    replies_ = std::move(opened->replies);
    began_anew_ = opened->began_anew;
  }
  void keep(std::string_view name, std::string text, WallTime at = kNow) {
    const auto kept = answer_of([&](async::Worker& home) {
      return replies_->keep(home, key_of(name), {.text = std::move(text), .kept_at = at});
    });
    ASSERT_TRUE(kept) << kept.error().for_log();
  }
  Result<std::optional<chat::KeptText>> look(std::string_view name,
                                             WallTime oldest = WallTime::min()) {
    return answer_of(
        [&](async::Worker& home) { return replies_->find(home, key_of(name), oldest); });
  }
  std::string text_of(std::string_view name, WallTime oldest = WallTime::min()) {
    const auto found = look(name, oldest);
    EXPECT_TRUE(found) << found.error().for_log();
    return found && *found ? (*found)->text : "nothing";
  }
  // Bytes that don't get smaller.
  std::string noise(std::size_t bytes) {
    std::string text(bytes, '\0');
    random_.fill(std::as_writable_bytes(std::span(text)));
    return text;
  }
  std::string file() const {
    std::stringstream bytes;
    for (const auto* const end : {"", "-wal"}) bytes << std::ifstream(path_ + end).rdbuf();
    return bytes.str();
  }

  SecureRandom random_;
  crypto::SealingKeys keys_ = crypto::SealingKeys::make(random_);
  TemporaryFolder folder_;
  const std::string path_ = folder_.file("replies.db");
  std::unique_ptr<Replies> replies_;
  std::string began_anew_;
};

TEST_F(RepliesTest, OutliveTheirProcess) {
  open();
  keep("a", "the answer");
  EXPECT_EQ(text_of("a"), "the answer");
  EXPECT_EQ(text_of("b"), "nothing");
  const auto bytes = replies_->bytes();
  open();
  EXPECT_EQ(text_of("a"), "the answer");
  EXPECT_EQ(look("a").value()->kept_at, kNow);
  EXPECT_EQ(replies_->entries(), 1U);
  EXPECT_EQ(replies_->bytes(), bytes);
  EXPECT_EQ(began_anew_, "");
}

TEST_F(RepliesTest, AreSealedAndSmall) {
  open();
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "what nobody else may read ";
  keep("a", text);
  EXPECT_LT(replies_->bytes(), 1000U);
  EXPECT_EQ(file().find("nobody else"), std::string::npos);
  keys_ = crypto::SealingKeys::make(random_);
  open();
  EXPECT_EQ(text_of("a"), "nothing") << "under another key";
}

TEST_F(RepliesTest, ExpireAndMakeRoomForNewOnes) {
  open(10'000);
  for (int i = 0; i < 20; ++i) keep(std::to_string(i), noise(1000), kNow + std::chrono::seconds(i));
  EXPECT_LE(replies_->bytes(), 10'000U);
  EXPECT_EQ(replies_->entries(), 9U);
  EXPECT_EQ(text_of("10"), "nothing");
  EXPECT_NE(text_of("11"), "nothing");
  EXPECT_EQ(text_of("11", kNow + std::chrono::seconds(12)), "nothing") << "too old";
  const auto removed = answer_of([&](async::Worker& home) {
    return replies_->remove_expired(home, kNow + std::chrono::seconds(18));
  });
  EXPECT_EQ(removed.value(), 7U);
  EXPECT_EQ(replies_->entries(), 2U);
  EXPECT_NE(text_of("18"), "nothing");
}

TEST_F(RepliesTest, TakeTheirOwnPlaceAndAreForgotten) {
  open();
  keep("a", noise(5000));
  keep("a", "short");
  EXPECT_EQ(replies_->entries(), 1U);
  EXPECT_LT(replies_->bytes(), 100U);
  const auto forgotten =
      answer_of([&](async::Worker& home) { return replies_->forget(home, key_of("a")); });
  EXPECT_TRUE(forgotten);
  EXPECT_EQ(text_of("a"), "nothing");
  EXPECT_EQ(replies_->entries(), 0U);
  EXPECT_EQ(replies_->bytes(), 0U);
}

TEST_F(RepliesTest, BeginAnewWhereTheFileIsOfNoUse) {
  std::ofstream(path_) << std::string(10'000, 'x');
  open();
  EXPECT_NE(began_anew_, "");
  keep("a", "the answer");
  replies_.reset();
  SQLite::Database(path_, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
  open();
  EXPECT_NE(began_anew_, "") << "of a newer Gatehouse";
  EXPECT_EQ(text_of("a"), "nothing");
  replies_.reset();
  SQLite::Database(path_, SQLite::OPEN_READWRITE)
      .exec("DROP TABLE replies; CREATE TABLE replies (bytes INTEGER)");
  open();
  EXPECT_NE(began_anew_, "") << "another's";
  keep("a", "the answer");
  EXPECT_EQ(text_of("a"), "the answer");
}

TEST_F(RepliesTest, DeleteAFileWhoseDamageShowsLater) {
  open();
  for (int i = 0; i < 50; ++i) keep(std::to_string(i), noise(3000));
  replies_.reset();
  const auto size = std::filesystem::file_size(path_);
  std::fstream bytes(path_, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(8192);
  bytes << std::string(size - 8192, '\xee');
  bytes.close();
  open();
  bool has_failed = began_anew_ != "";
  for (int i = 0; i < 50; ++i) has_failed = !look(std::to_string(i)) || has_failed;
  EXPECT_TRUE(has_failed);
  open();
  keep("a", "the answer");
  EXPECT_EQ(text_of("a"), "the answer");
  EXPECT_EQ(replies_->last_error(), "");
}

TEST(Compression, GivesBackWhatItTook) {
  for (const std::string& text : {std::string(), std::string("a"), std::string(100'000, 'b')})
    EXPECT_EQ(decompressed(compressed(text), 100'000), text);
  EXPECT_EQ(decompressed(compressed(std::string(101, 'c')), 100), std::nullopt);
  EXPECT_EQ(decompressed("no frame at all", 100), std::nullopt);
  std::string broken = compressed(std::string(1000, 'd') + "e");
  broken.resize(broken.size() - 3);
  EXPECT_EQ(decompressed(broken, 2000), std::nullopt);
}

}  // namespace
}  // namespace gatehouse::store::sqlite
