#include "gatehouse/store/sqlite/knowledge_documents.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gatehouse/knowledge/stemmer.hpp"
#include "gatehouse/knowledge/testing/documents_contract.hpp"
#include "gatehouse/store/sqlite/migrations.hpp"
#include "knowledge_schema.hpp"
#include "segment_codec.hpp"

namespace gatehouse::store::sqlite {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A path that is free, and free again afterwards.
class TemporaryFile {
 public:
  TemporaryFile() {
    static int count = 0;
    path_ = ::testing::TempDir() + "knowledge" + std::to_string(::getpid()) + "-" +
            std::to_string(++count) + ".db";
    remove();
  }
  ~TemporaryFile() { remove(); }
  const std::string& path() const { return path_; }

 private:
  void remove() const {
    for (const auto* end : {"", "-wal", "-shm"}) fs::remove(path_ + end);
  }
  std::string path_;
};

struct InSqlite {
  InSqlite() : database(std::move(*KnowledgeDatabase::open(file.path()))) {}
  knowledge::Documents& documents() { return port; }
  TemporaryFile file;
  std::unique_ptr<KnowledgeDatabase> database;
  async::BlockingPool writing{"knowledge-write", 1, 16};
  async::BlockingPool reading{"knowledge-read", 1, 16};
  knowledge::testing::WorkerThread thread;
  KnowledgeDocuments port{thread.worker(), *database, {writing, reading}};
};

}  // namespace
}  // namespace gatehouse::store::sqlite

namespace gatehouse::knowledge::testing {
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, DocumentsContract, store::sqlite::InSqlite);
}

namespace gatehouse::store::sqlite {
namespace {

TEST(KnowledgeDatabase, HasAVersionForEachContent) {
  using knowledge::testing::document_of;
  TemporaryFile file;
  auto database = std::move(*KnowledgeDatabase::open(file.path()));
  const auto empty = database->version();
  ASSERT_TRUE(database->upsert(
      {}, {document_of("1", "a.md", "A fox."), document_of("2", "b.md", "A goose.")}));
  const auto both = database->version();
  EXPECT_NE(both, empty);
  ASSERT_TRUE(database->upsert({}, {document_of("1", "a.md", "A fox.")}));
  EXPECT_EQ(database->version(), both) << "the same document";
  auto changed = document_of("1", "a.md", "A wolf.");
  changed.info.fingerprint += " another";
  ASSERT_TRUE(database->upsert({}, {changed}));
  const auto with_wolf = database->version();
  EXPECT_NE(with_wolf, both);
  database = std::move(*KnowledgeDatabase::open(file.path()));
  EXPECT_EQ(database->version(), with_wolf) << "after a restart";
  ASSERT_TRUE(database->remove({}, {"1", "2"}));
  EXPECT_EQ(database->version(), empty);
}

TEST(KnowledgeDatabase, KeepsWhatItHoldsAndHidesItFromOthers) {
  TemporaryFile file;
  {
    auto database = KnowledgeDatabase::open(file.path());
    ASSERT_TRUE(database.has_value()) << database.error().for_log();
    ASSERT_TRUE((*database)->upsert({}, {knowledge::testing::document_of("1", "a.md", "A fox.")}));
  }
  struct stat status{};
  ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  auto again = KnowledgeDatabase::open(file.path());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ((*again)->read("default", "1")->text, "A fox.");
  EXPECT_EQ((*again)->search({.terms = {"fox"}})->chunks.size(), 1U);
}

TEST(KnowledgeDatabase, LeavesNoTermsOfADocumentThatIsGone) {
  TemporaryFile file;
  auto database = std::move(*KnowledgeDatabase::open(file.path()));
  ASSERT_TRUE(database->upsert({}, {knowledge::testing::document_of("1", "a.md", "A fox.")}));
  ASSERT_TRUE(database->remove({}, {"1"}));
  SQLite::Database raw(file.path());
  for (const auto* table : {"documents", "chunks", "terms"}) {
    EXPECT_EQ(raw.execAndGet(std::string("SELECT count(*) FROM ") + table).getInt(), 0) << table;
  }
}

TEST(KnowledgeDatabase, SaysWhatToDoWithADamagedFile) {
  TemporaryFile file;
  std::ofstream(file.path()) << std::string(8192, 'x');
  auto database = KnowledgeDatabase::open(file.path());
  ASSERT_FALSE(database.has_value());
  EXPECT_THAT(database.error().log_message, HasSubstr(file.path()));
  EXPECT_THAT(database.error().log_message, HasSubstr("Delete it"));
}

TEST(KnowledgeDatabase, NoticesADamagedPage) {
  TemporaryFile file;
  {
    auto database = std::move(*KnowledgeDatabase::open(file.path()));
    std::vector<knowledge::IndexedDocument> many;
    for (int i = 0; i < 200; ++i) {
      const auto name = std::to_string(i);
      many.push_back(knowledge::testing::document_of(name, name, std::string(500, 'x') + " fox"));
    }
    ASSERT_TRUE(database->upsert({}, many));
  }
  fs::remove(file.path() + "-wal");
  {
    std::fstream raw(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 2; page < 20; ++page) {
      raw.seekp(page * 4096);
      raw << std::string(64, '\x7f');
    }
  }
  auto database = KnowledgeDatabase::open(file.path());
  ASSERT_FALSE(database.has_value());
  EXPECT_THAT(database.error().log_message, HasSubstr("damaged"));
}

TEST(KnowledgeDatabase, SaysWhenItsFolderIsMissing) {
  auto database = KnowledgeDatabase::open("/nowhere/knowledge.db");
  ASSERT_FALSE(database.has_value());
  EXPECT_THAT(database.error().log_message, HasSubstr("No such file"));
}

TEST(Migrations, RunOnceAndInOrder) {
  TemporaryFile file;
  auto database = std::move(*open_database(file.path()));
  constexpr std::array<Migration, 2> kSteps = {{
      {.version = 1, .name = "one", .sql = "CREATE TABLE a (x); INSERT INTO a VALUES (1);"},
      {.version = 2, .name = "two", .sql = "INSERT INTO a VALUES (2);"},
  }};
  ASSERT_TRUE(run_migrations(database, std::span(kSteps).first(1)));
  ASSERT_TRUE(run_migrations(database, kSteps));
  ASSERT_TRUE(run_migrations(database, kSteps));
  EXPECT_EQ(database.execAndGet("SELECT group_concat(x) FROM a").getString(), "1,2");
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), 2);
}

TEST(Migrations, RefuseANewerSchema) {
  TemporaryFile file;
  auto database = std::move(*open_database(file.path()));
  database.exec("PRAGMA user_version = 99");
  const auto run = run_migrations(database, kKnowledgeMigrations);
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().code, ErrorCode::kConflict);
  EXPECT_THAT(run.error().log_message, HasSubstr("schema 99"));
}

TEST(Migrations, UndoAStepThatFails) {
  TemporaryFile file;
  auto database = std::move(*open_database(file.path()));
  constexpr std::array<Migration, 2> kSteps = {{
      {.version = 1, .name = "one", .sql = "CREATE TABLE a (x);"},
      {.version = 2,
       .name = "broken",
       .sql = "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1);"},
  }};
  const auto run = run_migrations(database, kSteps);
  ASSERT_FALSE(run.has_value());
  EXPECT_THAT(run.error().log_message, HasSubstr("Migration 2 (broken)"));
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), 1);
  EXPECT_FALSE(database.tableExists("b"));
}

TEST(Segments, ComeBackAsTheyWere) {
  using knowledge::Segment;
  using knowledge::SegmentKind;
  const std::vector<Segment> segments = {
      {.kind = SegmentKind::kSentence, .begins_block = true, .start = 1000, .end = 1200},
      {.kind = SegmentKind::kTableRow, .begins_block = false, .start = 1201, .end = 90'000}};
  const auto blob = encode_segments(segments, 1000);
  EXPECT_EQ(decode_segments(blob, 1000, 90'000), segments);
  EXPECT_FALSE(decode_segments(blob, 1000, 80'000).has_value());
  EXPECT_FALSE(
      decode_segments(std::string_view(blob).substr(0, blob.size() - 1), 1000, 90'000).has_value());
  EXPECT_FALSE(decode_segments("", 0, 1).has_value());
  EXPECT_FALSE(decode_segments("\x09\x01\x01", 0, 9).has_value());
}

// SQLite's own porter tokenizer is the oracle.
TEST(Stemmer, AgreesWithSqlite) {
  SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='porter ascii')");
  database.exec("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)");
  constexpr std::array<std::string_view, 24> kStems = {
      "connect", "relat",  "hop",   "happi",    "sky",  "agre",   "plast", "motor",
      "sens",    "valu",   "defin", "oper",     "yell", "syzygi", "by",    "formal",
      "adjust",  "depend", "activ", "controll", "roll", "probat", "cheap", "try"};
  constexpr std::array<std::string_view, 30> kEndings = {
      "",       "s",     "es",      "ed",      "ing",     "ion",     "ions",  "ational",
      "tional", "izer",  "ization", "iveness", "fulness", "ousness", "ality", "ivity",
      "bility", "icate", "ative",   "alize",   "ical",    "ful",     "ness",  "ement",
      "ance",   "able",  "ies",     "y",       "e",       "ogi"};
  SQLite::Statement put(database, "INSERT INTO t (rowid, x) VALUES (?, ?)");
  std::vector<std::string> words;
  for (const auto stem : kStems) {
    for (const auto ending : kEndings) words.push_back(std::string(stem) + std::string(ending));
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    put.bind(1, static_cast<std::int64_t>(i));
    put.bind(2, words[i]);
    put.exec();
    put.reset();
  }
  SQLite::Statement all(database, "SELECT doc, term FROM v");
  std::size_t seen = 0;
  while (all.executeStep()) {
    auto word = words.at(static_cast<std::size_t>(all.getColumn(0).getInt64()));
    const auto original = word;
    knowledge::stem_english(word);
    EXPECT_EQ(word, all.getColumn(1).getString()) << original;
    ++seen;
  }
  EXPECT_EQ(seen, words.size());
}

}  // namespace
}  // namespace gatehouse::store::sqlite
