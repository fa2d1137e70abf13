#include "gatehouse/store/sqlite/conversations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "citations_json.hpp"
#include "gatehouse/chat/testing/conversations_contract.hpp"
#include "gatehouse/store/sqlite/database.hpp"
#include "gatehouse/store/sqlite/ended_sessions.hpp"
#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

namespace fs = std::filesystem;
using chat::MessageStatus;
using chat::testing::all_of;
using chat::testing::answer_of;
using chat::testing::at_minute;
using chat::testing::kAnna;
using chat::testing::message_of;
using chat::testing::reply_to;
using ::testing::HasSubstr;

class InSqlite final : public chat::testing::ConversationsUnderTest {
 public:
  chat::Conversations& port() override { return store_.open.conversations; }

 private:
  TemporaryStore store_;
};

Result<chat::AcceptedMessage> accept(OpenStore& store, const chat::NewMessage& message) {
  return answer_of([&](async::Worker& home) { return store.conversations.accept(home, message); });
}

Result<chat::Conversation> read(OpenStore& store, const std::string& id) {
  return answer_of([&](async::Worker& home) { return store.conversations.read(home, kAnna, id); });
}

void copy_store(const std::string& from, const std::string& to) {
  for (const std::string end : {"", "-wal"}) fs::copy_file(from + end, to + end);
}

TEST(SqliteConversations, HoldsAfterACrash) {
  TemporaryStore store;
  ASSERT_TRUE(accept(store.open, message_of(kAnna, "c", 1)));
  // What a crash leaves: the file and its log, never checkpointed or closed.
  copy_store(store.folder.file(), store.folder.file("copy.db"));
  ASSERT_GT(fs::file_size(store.folder.file("copy.db-wal")), 0U);

  OpenStore again(store.folder.file("copy.db"));
  const auto conversation = read(again, "c");
  ASSERT_TRUE(conversation) << conversation.error().for_log();
  EXPECT_EQ(conversation->messages.at(0).text, "question c-1");
}

TEST(SqliteConversations, MarksWhatACrashCutOffAsInterrupted) {
  const TemporaryFolder folder;
  {
    OpenStore store(folder.file());
    const auto cut_off = message_of(kAnna, "c", 1);
    ASSERT_TRUE(accept(store, cut_off));
    ASSERT_TRUE(answer_of([&](async::Worker& home) {
      return store.conversations.save_reply(
          home, reply_to(cut_off, MessageStatus::kStreaming, "The ans"));
    }));
  }
  OpenStore store(folder.file());
  EXPECT_EQ(accept(store, message_of(kAnna, "c", 2)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(store.conversations.mark_interrupted().value(), 1U);
  EXPECT_EQ(store.conversations.mark_interrupted().value(), 0U);
  const auto reply = read(store, "c")->messages.at(1);
  EXPECT_EQ(reply.status, MessageStatus::kInterrupted);
  EXPECT_EQ(reply.text, "The ans");
  EXPECT_TRUE(accept(store, message_of(kAnna, "c", 2)));
}

TEST(SqliteConversations, LeavesNoMessageBehindWhenAConversationGoes) {
  TemporaryStore store;
  ASSERT_TRUE(accept(store.open, message_of(kAnna, "c", 1)));
  ASSERT_TRUE(answer_of(
      [&](async::Worker& home) { return store.open.conversations.remove(home, kAnna, "c"); }));
  const auto left =
      store.open.file.writer->write_and_wait([](Connection& connection) -> Result<int> {
        return connection.execAndGet("SELECT COUNT(*) FROM messages").getInt();
      });
  EXPECT_EQ(left.value(), 0);
}

TEST(SqliteConversations, RefusesMessagesWhileTheDiskIsFull) {
  TemporaryStore store;
  const auto limit_pages_to = [&](const std::string& pages) {
    return store.open.file.writer->write_and_wait([&](Connection& connection) -> Result<void> {
      connection.exec("PRAGMA max_page_count = " + pages);
      return {};
    });
  };
  ASSERT_TRUE(accept(store.open, message_of(kAnna, "before", 1)));
  ASSERT_TRUE(limit_pages_to("1"));  // as many as there are
  auto large = message_of(kAnna, "large", 1);
  large.text.assign(100'000, 'x');
  const auto refused = accept(store.open, large);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().log_message, HasSubstr("free space"));
  EXPECT_FALSE(store.open.file.writer->is_healthy());
  EXPECT_EQ(read(store.open, "large").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(read(store.open, "before"));

  ASSERT_TRUE(limit_pages_to("100000"));
  EXPECT_TRUE(accept(store.open, large));
  EXPECT_TRUE(store.open.file.writer->is_healthy());
  EXPECT_EQ(read(store.open, "large")->messages.at(0).text, large.text);
}

TEST(SqliteConversations, AcceptsManyWithFewCommits) {
  TemporaryStore store;
  constexpr int kMany = 200;
  const auto before = store.open.file.writer->counts();
  const auto answers = answer_of([&](async::Worker& home) {
    std::vector<async::Task<Result<chat::AcceptedMessage>>> tasks;
    for (int i = 0; i < kMany; ++i) {
      auto message = message_of(kAnna, "c" + std::to_string(i), 1);
      tasks.push_back(store.open.conversations.accept(home, std::move(message)));
    }
    return all_of(home, std::move(tasks), [] {});
  });
  for (const auto& answer : answers) EXPECT_TRUE(answer);
  EXPECT_LT(store.open.file.writer->counts().commits - before.commits, kMany / 10U);
}

TEST(StoreFile, RefusesADamagedFile) {
  const TemporaryFolder folder;
  {
    OpenStore store(folder.file());
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(accept(store, message_of(kAnna, "c" + std::to_string(i), 1)));
    }
  }
  constexpr std::streamoff kPage = 4096;
  std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(2 * kPage);
  file << std::string(4 * kPage, 'x');
  file.close();
  const auto opened = open_store_file(folder.file());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().log_message, HasSubstr("damaged"));
  EXPECT_THAT(opened.error().log_message, HasSubstr(folder.file()));
  EXPECT_THAT(opened.error().log_message, HasSubstr("restore a backup"));
}

TEST(StoreFile, RefusesAFileThatIsNoDatabase) {
  const TemporaryFolder folder;
  std::ofstream(folder.file()) << std::string(10'000, 'x');
  const auto opened = open_store_file(folder.file());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().log_message, HasSubstr("damaged"));
}

TEST(StoreFile, RefusesTheSchemaOfANewerGatehouse) {
  const TemporaryFolder folder;
  {
    const OpenStore store(folder.file());
  }
  open_database(folder.file())->exec("PRAGMA user_version = 99");
  const auto opened = open_store_file(folder.file());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().log_message, HasSubstr("newer Gatehouse"));
}

TEST(StoreFile, GivesReadersThatCannotWrite) {
  TemporaryStore store;
  const auto written = answer_of([&](async::Worker& home) {
    return store.open.file.readers->read(home, [](Connection& connection) -> Result<int> {
      return connection.exec("DELETE FROM messages");
    });
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(accept(store.open, message_of(kAnna, "c", 1)));
  EXPECT_TRUE(read(store.open, "c"));
}

TEST(SqliteEndedSessions, RemembersUntilTheyWouldHaveExpired) {
  const TemporaryFolder folder;
  const auto add = [](EndedSessions& ended, const char* site, const char* id, WallTime until) {
    ASSERT_TRUE(answer_of([&](async::Worker& home) {
      return ended.add(home, site, {.session_id = id, .expires_at = until});
    }));
  };
  {
    const OpenStore store(folder.file());
    EndedSessions ended(*store.file.writer);
    add(ended, "default", "a", at_minute(5));
    add(ended, "default", "b", at_minute(9));
    add(ended, "default", "b", at_minute(7));
    add(ended, "other", "c", at_minute(5));
  }
  const OpenStore store(folder.file());
  EndedSessions ended(*store.file.writer);
  EXPECT_EQ(ended.load_all("default", at_minute(0))->size(), 2U);
  const auto later = ended.load_all("default", at_minute(8));
  ASSERT_EQ(later->size(), 1U);
  EXPECT_EQ(later->front().session_id, "b");
  EXPECT_EQ(later->front().expires_at, at_minute(9));
  const auto removed =
      answer_of([&](async::Worker& home) { return ended.remove_expired(home, at_minute(5)); });
  EXPECT_EQ(removed.value(), 2U);
  EXPECT_TRUE(ended.load_all("other", at_minute(0))->empty());
}

TEST(CitationsJson, SaysWhatItCannotRead) {
  EXPECT_TRUE(citations_from_json("")->empty());
  EXPECT_EQ(citations_from_json(R"([{"number":3}])")->at(0).number, 3U);
  for (const auto* text : {"{}", "[1]", "["}) {
    ASSERT_FALSE(citations_from_json(text));
    EXPECT_EQ(citations_from_json(text).error().code, ErrorCode::kInternal);
  }
}

}  // namespace
}  // namespace gatehouse::store::sqlite

namespace gatehouse::chat::testing {
INSTANTIATE_TEST_SUITE_P(Sqlite, ConversationsContract,
                         ::testing::Values([]() -> std::unique_ptr<ConversationsUnderTest> {
                           return std::make_unique<store::sqlite::InSqlite>();
                         }));
}  // namespace gatehouse::chat::testing
