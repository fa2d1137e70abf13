// What is known of a document between its file and its place in the index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::knowledge {

inline constexpr std::size_t kMaxDocumentBytes = 8u << 20;
inline constexpr std::size_t kMaxBlocks = 200'000;
inline constexpr std::size_t kMaxTitleBytes = 300;

enum class BlockKind : std::uint8_t { kHeading, kParagraph, kListItem, kCode, kTable, kQuote };

// A piece of a document as its author laid it out. Offsets are code points into the document's
// text, [start, end).
struct Block {
  BlockKind kind = BlockKind::kParagraph;
  std::uint8_t level = 0;  // of a heading (1 to 6) or of a list item (1: outermost)
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::string title = {};  // of a heading: its words without markup

  friend bool operator==(const Block&, const Block&) = default;
};

// What a parser makes of a file. `text` is what all offsets point into: for Markdown and plain text
// the file's own text (without a byte order mark), for HTML the text a reader sees. Blocks are in
// order and don't overlap.
struct ExtractedDocument {
  std::string title;  // empty if the document names none
  std::string text;   // valid UTF-8
  std::vector<Block> blocks;
};

enum class SegmentKind : std::uint8_t {
  kSentence,
  kListItem,
  kCode,
  kTableHead,
  kTableRow,
  kQuote
};

// The smallest thing an answer quotes. Code points into the document's text.
struct Segment {
  SegmentKind kind = SegmentKind::kSentence;
  bool begins_block = false;  // false: it goes on where the segment before it ended
  std::uint64_t start = 0;
  std::uint64_t end = 0;

  friend bool operator==(const Segment&, const Segment&) = default;
};

// What the index holds and finds: a run of blocks under one heading.
struct Chunk {
  std::string heading;  // "Limits > Windows"; empty above the first heading
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::string text;  // the document's text between them
  std::vector<Segment> segments;
};

// How its text is to be shown: Markdown as it stands, the others with their special characters
// escaped.
inline constexpr std::string_view kMarkdownType = "text/markdown";
inline constexpr std::string_view kPlainTextType = "text/plain";
inline constexpr std::string_view kHtmlType = "text/html";

// By the ending of the name; empty if no parser reads such files.
std::string_view media_type_of(std::string_view file);

struct DocumentInfo {
  std::string id = {};    // a UUID that stays while the file stays
  std::string file = {};  // relative to the folder it came from, with '/'
  std::string title = {};
  std::string media_type = {};
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ms = 0;  // of the file; 0 if unknown
  std::string fingerprint = {};  // of the bytes and of the way they are indexed
};

// A document with everything the index needs.
struct IndexedDocument {
  DocumentInfo info;
  std::string text;
  struct IndexedChunk {
    Chunk chunk;
    std::string body_terms;     // terms joined by spaces, as Tokenizer makes them
    std::string heading_terms;  // of the heading right above the chunk
    std::string path_terms;     // of the file's name, the title and the headings further up
  };
  std::vector<IndexedChunk> chunks;
};

}  // namespace gatehouse::knowledge
