// Texts that are kept sealed, and bringing all that is sealed to a new key.
#include "gatehouse/store/sqlite/sealed_rows.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "gatehouse/async/answer_of.hpp"
#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

const chat::Owner kOwner{.site = "default", .principal = "visitor:one"};

class SealedStore : public testing::Test {
 protected:
  MessageTexts texts(bool seals = true) { return {sealer_, seals, random_}; }
  void say(const std::string& id, const std::string& text, bool seals) {
    Conversations conversations(*store_.writer, *store_.readers, texts(seals));
    chat::NewMessage message{.owner = kOwner,
                             .conversation_id = {},
                             .new_conversation_id = "c-" + id,
                             .message_id = "m-" + id,
                             .reply_id = "r-" + id,
                             .text = text};
    message.now = WallTime(std::chrono::milliseconds(1'800'000'000'000));
    message.expires_at = message.now + std::chrono::hours(1);
    ASSERT_TRUE(async::answer_of(
        [&](async::Worker& worker) { return conversations.accept(worker, message); }));
    chat::StoredReply reply{.site = "default", .conversation_id = "c-" + id, .reply_id = "r-" + id};
    reply.text = "an answer to " + text;
    reply.status = chat::MessageStatus::kComplete;
    reply.citations = {{.number = 1, .file = "a.md", .quote = "quoted for " + text}};
    reply.now = message.now;
    reply.expires_at = message.expires_at;
    ASSERT_TRUE(async::answer_of(
        [&](async::Worker& worker) { return conversations.save_reply(worker, reply); }));
  }
  std::string read(const std::string& id, const MessageTexts& with) {
    Conversations conversations(*store_.writer, *store_.readers, with);
    const auto found = async::answer_of(
        [&](async::Worker& worker) { return conversations.read(worker, kOwner, "c-" + id); });
    if (!found) return std::string(found.error().for_log());
    std::string all = found->summary.title;
    for (const auto& message : found->messages) {
      all += "|" + message.text;
      for (const auto& citation : message.citations) all += "|" + citation.quote;
    }
    return all;
  }
  std::string read(const std::string& id) { return read(id, texts()); }
  static std::string whole(const std::string& text) {
    return text + "|" + text + "|an answer to " + text + "|quoted for " + text;
  }
  SealedRows rows(bool seals = true) {
    return {*store_.writer,
            *store_.readers,
            {sealer_, sealer_, sealer_, sealer_},
            texts(seals),
            random_};
  }
  static ResealProgress walk(SealedRows& rows) {
    ResealProgress all;
    while (!all.has_ended) {
      const auto done =
          async::answer_of([&](async::Worker& worker) { return rows.step(worker); }).value();
      all.resealed += done.resealed;
      all.unreadable += done.unreadable;
      all.has_ended = done.has_ended;
    }
    return all;
  }
  static std::uint64_t outdated(SealedRows& rows) {
    return async::answer_of([&](async::Worker& worker) { return rows.outdated(worker); }).value();
  }
  // In all files of the store, once it is closed.
  bool stands_in_a_file(const std::string& text) {
    store_.readers.reset();
    store_.writer.reset();  // last, as the server does it: it empties the log of the file
    bool is_found = false;
    for (const auto* ending : {"", "-wal", "-shm"}) {
      std::ifstream file(folder_.file() + ending, std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)), {});
      is_found |= bytes.find(text) != std::string::npos;
    }
    store_ = open_store_file(folder_.file()).value();
    return is_found;
  }

  TemporaryFolder folder_;
  SecureRandom random_;
  crypto::SealingKeys keys_ = crypto::SealingKeys::make(random_);
  crypto::Sealer sealer_{keys_, "messages"};
  StoreFile store_ = open_store_file(folder_.file()).value();
};

TEST_F(SealedStore, KeepsTextsTitlesAndQuotesSealedAndReadsThem) {
  say("1", "gooseberry", true);
  EXPECT_EQ(read("1"), whole("gooseberry"));
  EXPECT_FALSE(stands_in_a_file("gooseberry"));
  EXPECT_EQ(read("1"), whole("gooseberry"));
}

TEST_F(SealedStore, KeepsThemAsTheyAreWithoutBeingAsked) {
  say("1", "gooseberry", false);
  EXPECT_EQ(read("1"), whole("gooseberry")) << "both kinds are read";
  EXPECT_TRUE(stands_in_a_file("gooseberry"));
}

TEST_F(SealedStore, SaysThatTheKeysAreMissing) {
  say("1", "gooseberry", true);
  EXPECT_NE(read("1", MessageTexts()).find("store.key_file"), std::string::npos);
}

TEST_F(SealedStore, OpensNoTextInThePlaceOfAnother) {
  const ConversationName here{"default", "c-1"};
  const auto kept = texts().keep({.text = "a", .citations = "[]"}, here, "m-1");
  EXPECT_EQ(texts().open(kept, here, "m-1")->text, "a");
  EXPECT_EQ(texts().open(kept, here, "m-1")->citations, "[]");
  EXPECT_FALSE(texts().open(kept, here, "m-2"));
  EXPECT_FALSE(texts().open(kept, {"default", "c-2"}, "m-1"));
  EXPECT_FALSE(texts().open(kept, {"other", "c-1"}, "m-1"));
}

TEST_F(SealedStore, BringsAllToANewKeyAndThenNeedsNoOther) {
  for (int i = 0; i < 150; ++i) say(std::to_string(i), "gooseberry", true);
  auto walked = rows();
  EXPECT_EQ(walk(walked).resealed, 0U);
  const auto rotated = keys_.rotated(random_);
  sealer_.use(rotated);
  EXPECT_EQ(outdated(walked), 450U) << "a title, a message and a reply each";
  EXPECT_EQ(read("7"), whole("gooseberry")) << "nothing waits for it";
  EXPECT_EQ(walk(walked).resealed, 450U);
  EXPECT_EQ(outdated(walked), 0U);
  EXPECT_EQ(walk(walked).resealed, 0U);
  sealer_.use(rotated.newest_only());
  EXPECT_EQ(read("7"), whole("gooseberry"));
  EXPECT_EQ(read("149"), whole("gooseberry"));
}

TEST_F(SealedStore, SealsTextsOfBeforeAndOpensThemAgain) {
  say("1", "gooseberry", false);
  auto sealing = rows(true);
  EXPECT_EQ(walk(sealing).resealed, 3U);
  EXPECT_EQ(read("1"), whole("gooseberry"));
  EXPECT_FALSE(stands_in_a_file("gooseberry")) << "not even in what was written before";
  auto opening = rows(false);
  EXPECT_EQ(walk(opening).resealed, 3U);
  EXPECT_EQ(read("1", MessageTexts()), whole("gooseberry"));
}

TEST_F(SealedStore, LeavesWhatNoKeyOpensAsItIsAndCountsIt) {
  say("1", "gooseberry", true);
  const auto lost = keys_;
  sealer_.use(crypto::SealingKeys::from_text("9 " + std::string(43, 'A')).value());
  auto walked = rows();
  const auto progress = walk(walked);
  EXPECT_EQ(progress.resealed, 0U);
  EXPECT_EQ(progress.unreadable, 3U);
  EXPECT_EQ(outdated(walked), progress.unreadable);
  sealer_.use(lost);
  EXPECT_EQ(read("1"), whole("gooseberry"));
}

}  // namespace
}  // namespace gatehouse::store::sqlite
