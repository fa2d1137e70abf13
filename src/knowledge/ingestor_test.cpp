#include "gatehouse/knowledge/ingestor.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/embedded_source.hpp"
#include "gatehouse/knowledge/testing/memory_documents.hpp"
#include "gatehouse/knowledge/testing/worker_thread.hpp"

namespace gatehouse::knowledge {
namespace {

class FakeSource final : public DocumentSource {
 public:
  Result<SourceListing> list() override {
    if (is_away) return fail(ErrorCode::kUnavailable, "away");
    SourceListing listing;
    for (const auto& [name, file] : files) {
      listing.files.push_back(
          {.name = name, .size_bytes = file.size(), .modified_ms = times[name]});
    }
    return listing;
  }
  Result<std::string> read(std::string_view name) override {
    ++reads;
    return files.at(std::string(name));
  }
  void put(const std::string& name, std::string text) {
    files[name] = std::move(text);
    times[name] = ++now;
  }
  std::map<std::string, std::string> files;
  std::map<std::string, std::int64_t> times;
  std::int64_t now = 0;
  int reads = 0;
  bool is_away = false;
};

class FakeParser final : public DocumentParser {
 public:
  Result<ExtractedDocument> parse(std::string_view, std::string_view bytes) override {
    ++parses;
    if (bytes.starts_with("bad")) return fail(ErrorCode::kUnsupportedMedia, "It is bad.");
    ExtractedDocument document;
    document.text = std::string(bytes);
    document.blocks.push_back(
        {.kind = BlockKind::kParagraph, .start = 0, .end = scan_utf8(bytes).characters});
    return document;
  }
  int parses = 0;
};

class Ingest : public ::testing::Test {
 protected:
  IngestProgress scan() {
    auto progress = thread_.run(ingestor_.scan());
    EXPECT_TRUE(progress.has_value());
    return progress ? *progress : IngestProgress{};
  }
  std::vector<DocumentInfo> listed() { return *thread_.run(documents_.list({})); }

  FakeSource source_;
  FakeParser parser_;
  testing::MemoryDocuments documents_;
  SecureRandom random_;
  async::BlockingPool pool_{"ingest", 1, 8};
  testing::WorkerThread thread_;
  Ingestor ingestor_{thread_.worker(), {source_, parser_, documents_, pool_, random_}, {}};
};

TEST_F(Ingest, FollowsTheSource) {
  source_.put("a.md", "One.");
  source_.put("b.md", "Two.");
  EXPECT_EQ(scan().indexed, 2U);
  const auto id = listed().at(0).id;
  source_.put("a.md", "One, changed.");
  source_.files.erase("b.md");
  const auto progress = scan();
  EXPECT_EQ(progress.indexed, 1U);
  EXPECT_EQ(progress.removed, 1U);
  EXPECT_TRUE(progress.is_finished);
  ASSERT_EQ(listed().size(), 1U);
  EXPECT_EQ(listed().at(0).id, id);
  EXPECT_EQ(thread_.run(documents_.read("default", id))->text, "One, changed.");
}

TEST_F(Ingest, ReadsNothingThatIsAsItWas) {
  source_.put("a.md", "One.");
  scan();
  scan();
  EXPECT_EQ(source_.reads, 1);
  source_.put("a.md", "One.");  // another time, the same bytes
  EXPECT_EQ(scan().indexed, 0U);
  scan();
  EXPECT_EQ(source_.reads, 2);
  EXPECT_EQ(parser_.parses, 1);
}

TEST_F(Ingest, ReportsWhatFailsAndTriesItAgainOnlyWhenItChanges) {
  source_.put("good.md", "Fine.");
  source_.put("bad.md", "bad");
  for (int i = 0; i < 2; ++i) {
    const auto progress = scan();
    ASSERT_EQ(progress.failed.size(), 1U);
    EXPECT_EQ(progress.failed[0].name, "bad.md");
    EXPECT_EQ(progress.failed[0].reason, "It is bad.");
    EXPECT_EQ(progress.done, 2U);
  }
  EXPECT_EQ(parser_.parses, 2);
  source_.put("bad.md", "better");
  EXPECT_TRUE(scan().failed.empty());
  EXPECT_EQ(listed().size(), 2U);
}

TEST_F(Ingest, ForgetsADocumentThatCanNoLongerBeRead) {
  source_.put("a.md", "Fine.");
  scan();
  source_.put("a.md", "bad now");
  EXPECT_EQ(scan().removed, 1U);
  EXPECT_TRUE(listed().empty());
}

TEST_F(Ingest, KeepsTheIndexWhenTheSourceIsAway) {
  source_.put("a.md", "Fine.");
  scan();
  source_.is_away = true;
  EXPECT_FALSE(thread_.run(ingestor_.scan()).has_value());
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(Ingest, GoesThroughManyBatches) {
  for (std::size_t i = 0; i < 3 * kBatchDocuments + 1; ++i) {
    source_.put(std::to_string(i) + ".md", "Text " + std::to_string(i) + ".");
  }
  EXPECT_EQ(scan().indexed, 3 * kBatchDocuments + 1);
  EXPECT_EQ(listed().size(), 3 * kBatchDocuments + 1);
}

TEST_F(Ingest, TellsAFileThatIsTooLarge) {
  source_.put("a.md", std::string(kMaxDocumentBytes + 1, 'x'));
  EXPECT_EQ(scan().failed.at(0).reason, "It is larger than 8 MB.");
  EXPECT_EQ(source_.reads, 0);
}

TEST(Embedded, IsReadOnceInALife) {
  constexpr std::array<EmbeddedFile, 1> kFiles = {{{"a.md", "One."}}};
  EmbeddedSource source(kFiles);
  FakeParser parser;
  testing::MemoryDocuments documents;
  SecureRandom random;
  async::BlockingPool pool("ingest", 1, 8);
  testing::WorkerThread thread;
  Ingestor ingestor(thread.worker(), {source, parser, documents, pool, random}, {});
  EXPECT_EQ(thread.run(ingestor.scan())->indexed, 1U);
  EXPECT_EQ(thread.run(ingestor.scan())->indexed, 0U);
  EXPECT_EQ(thread.run(ingestor.scan())->done, 1U);
  EXPECT_EQ(parser.parses, 1);
}

}  // namespace
}  // namespace gatehouse::knowledge
