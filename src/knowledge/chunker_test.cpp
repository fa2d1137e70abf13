#include "gatehouse/knowledge/chunker.hpp"

#include <gtest/gtest.h>

#include <random>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/unicode.hpp"

namespace gatehouse::knowledge {
namespace {

// What [start, end) in code points is, counted from the front: the slow and certain way.
std::string slice(std::string_view text, std::uint64_t start, std::uint64_t end) {
  const auto from = utf8_offset(text, start);
  return std::string(text.substr(from, utf8_offset(text, end) - from));
}

// Puts blocks one below the other.
class Builder {
 public:
  Builder& add(BlockKind kind, std::string_view text, std::uint8_t level = 0) {
    if (!document.text.empty()) document.text += "\n\n";
    const auto start = count_code_points(document.text);
    document.text += text;
    document.blocks.push_back({.kind = kind,
                               .level = level,
                               .start = start,
                               .end = count_code_points(document.text),
                               .title = kind == BlockKind::kHeading ? std::string(text) : ""});
    return *this;
  }
  ExtractedDocument document;
};

std::string words(int count, std::string_view word = "word") {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::string(i == 0 ? "" : " ") + std::string(word);
  return text + ".";
}

TEST(Chunker, NeverCrossesAHeadingAndNamesItsPath) {
  Tokenizer tokenizer;
  Builder builder;
  builder.add(BlockKind::kParagraph, "Before.")
      .add(BlockKind::kHeading, "Limits", 1)
      .add(BlockKind::kParagraph, "Short.")
      .add(BlockKind::kHeading, "Windows", 2)
      .add(BlockKind::kParagraph, "Also short.")
      .add(BlockKind::kHeading, "Other", 1)
      .add(BlockKind::kParagraph, "Last.");
  const auto chunks = make_chunks(builder.document, tokenizer);
  ASSERT_EQ(chunks.size(), 4U);
  EXPECT_EQ(chunks[0].heading, "");
  EXPECT_EQ(chunks[1].heading, "Limits");
  EXPECT_EQ(chunks[2].heading, "Limits > Windows");
  EXPECT_EQ(chunks[3].heading, "Other");
  EXPECT_EQ(chunks[2].text, "Also short.");
}

TEST(Chunker, JoinsShortBlocksAndCutsLongOnes) {
  Tokenizer tokenizer;
  Builder builder;
  for (int i = 0; i < 10; ++i) builder.add(BlockKind::kParagraph, words(40));
  std::string endless;
  for (int i = 0; i < 100; ++i) endless += "This is sentence " + std::to_string(i) + " of many. ";
  builder.add(BlockKind::kParagraph, endless);
  for (const auto& chunk : make_chunks(builder.document, tokenizer)) {
    const auto count = split(chunk.text, ' ').size();
    EXPECT_LE(count, kChunkMaxWords + 10);
    EXPECT_GE(count, 30U);
  }
}

TEST(Chunker, KeepsTheHeadAndRowsOfATableApart) {
  Tokenizer tokenizer;
  Builder builder;
  builder.add(BlockKind::kTable, "| a | b |\r\n|---|---|\r\n| 1 | 2 |\r\n| 3 | 4 |");
  const auto chunks = make_chunks(builder.document, tokenizer);
  ASSERT_EQ(chunks.size(), 1U);
  const auto& segments = chunks[0].segments;
  ASSERT_EQ(segments.size(), 3U);
  EXPECT_EQ(segments[0].kind, SegmentKind::kTableHead);
  EXPECT_EQ(slice(builder.document.text, segments[0].start, segments[0].end),
            "| a | b |\r\n|---|---|");
  EXPECT_EQ(segments[2].kind, SegmentKind::kTableRow);
  EXPECT_EQ(slice(builder.document.text, segments[2].start, segments[2].end), "| 3 | 4 |");
}

// For whatever blocks: chunks are in order, hold every word, and each offset is where its text is.
TEST(Chunker, HoldsEveryWordAtItsPlace) {
  Tokenizer tokenizer;
  std::mt19937 random(42);
  constexpr std::array<std::string_view, 6> kPieces = {"plain ", "naïve ", "日本語。",
                                                       "😀 ",    "a.\r\n", "`x. y` "};
  for (int round = 0; round < 60; ++round) {
    Builder builder;
    for (int i = 0; i < 12; ++i) {
      std::string text;
      const auto length = random() % 400 + 1;
      for (std::size_t k = 0; k < length; ++k) text += kPieces[random() % kPieces.size()];
      builder.add(static_cast<BlockKind>(random() % 6), text,
                  static_cast<std::uint8_t>(random() % 9));
    }
    std::uint64_t last = 0;
    std::string chunked;
    for (const auto& chunk : make_chunks(builder.document, tokenizer)) {
      EXPECT_EQ(chunk.text, slice(builder.document.text, chunk.start, chunk.end));
      EXPECT_GE(chunk.start, last);
      EXPECT_LE(chunk.text.size(), kMaxChunkBytes + kMaxSegmentBytes);
      ASSERT_FALSE(chunk.segments.empty());
      for (const auto& segment : chunk.segments) {
        EXPECT_GE(segment.start, last);
        EXPECT_LT(segment.start, segment.end);
        last = segment.end;
        chunked += slice(builder.document.text, segment.start, segment.end) + " ";
      }
    }
    std::string blocks;
    for (const auto& block : builder.document.blocks) {
      if (block.kind == BlockKind::kHeading) continue;
      blocks += slice(builder.document.text, block.start, block.end) + " ";
    }
    const auto squeeze = [](std::string text) {
      std::erase_if(text, [](char c) { return c == ' ' || c == '\r' || c == '\n'; });
      return text;
    };
    EXPECT_EQ(squeeze(chunked), squeeze(blocks));
  }
}

TEST(Chunker, CutsOneLineOfEightMegabytes) {
  Tokenizer tokenizer;
  Builder builder;
  builder.add(BlockKind::kParagraph, std::string(8u << 20, 'x'));
  const auto chunks = make_chunks(builder.document, tokenizer);
  EXPECT_GT(chunks.size(), 1000U);
  for (const auto& chunk : chunks) EXPECT_LE(chunk.text.size(), kMaxChunkBytes + kMaxSegmentBytes);
}

TEST(Chunker, NamesADocumentWithoutTitleAfterItsFile) {
  Tokenizer tokenizer;
  Builder builder;
  builder.add(BlockKind::kParagraph, "Text.");
  const auto indexed =
      index_document({.file = "sub/opening-hours.txt"}, builder.document, tokenizer);
  EXPECT_EQ(indexed.info.title, "opening-hours");
  EXPECT_EQ(indexed.chunks.at(0).path_terms, "open hour open hour ");
}

}  // namespace
}  // namespace gatehouse::knowledge
