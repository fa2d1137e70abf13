#include "gatehouse/knowledge/chunker.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/unicode.hpp"

namespace gatehouse::knowledge {
namespace {

constexpr std::string_view kPathSeparator = " > ";
constexpr std::size_t kMaxHeadingBytes = 600;

// A segment while its place is still counted in bytes.
struct Piece {
  SegmentKind kind = SegmentKind::kSentence;
  bool begins_block = false;
  std::size_t start = 0;
  std::size_t end = 0;
};

// Words as a reader counts them; scripts without spaces by three characters a word.
std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  std::size_t wide_bytes = 0;
  bool is_in_word = false;
  for (const char c : text) {
    const bool is_space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!is_space && !is_in_word) ++words;
    is_in_word = !is_space;
    if (static_cast<unsigned char>(c) >= 0xE0) ++wide_bytes;
  }
  return words + wide_bytes / 3;
}

std::string_view without_end_space(std::string_view text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Goes through a document once, from top to bottom.
class Chunker {
 public:
  Chunker(const ExtractedDocument& document, Tokenizer& tokenizer)
      : text_(document.text), tokenizer_(tokenizer), cursor_(document.text), back_(document.text) {}

  std::vector<Chunk> run(const std::vector<Block>& blocks) {
    for (const auto& block : blocks) {
      if (block.kind == BlockKind::kHeading) {
        flush();
        enter_heading(block);
        continue;
      }
      const auto start = cursor_.byte_of(block.start);
      const auto end = cursor_.byte_of(block.end);
      if (start < end) add_block(block.kind, start, end);
    }
    flush();
    return std::move(chunks_);
  }

 private:
  void enter_heading(const Block& block) {
    const auto level = std::clamp<std::size_t>(block.level, 1, path_.size());
    path_[level - 1] = block.title;
    for (auto deeper = level; deeper < path_.size(); ++deeper) path_[deeper].clear();
    heading_.clear();
    for (const auto& part : path_) {
      if (part.empty() || heading_.size() + part.size() > kMaxHeadingBytes) continue;
      if (!heading_.empty()) heading_ += kPathSeparator;
      heading_ += part;
    }
  }

  void add_block(BlockKind kind, std::size_t start, std::size_t end) {
    const auto first = pending_.size();
    begins_block_ = true;
    switch (kind) {
      case BlockKind::kCode:
        add_lines(SegmentKind::kCode, start, end);
        break;
      case BlockKind::kTable:
        add_table(start, end);
        break;
      case BlockKind::kListItem:
        add_sentences(SegmentKind::kListItem, start, end);
        break;
      case BlockKind::kQuote:
        add_sentences(SegmentKind::kQuote, start, end);
        break;
      default:
        add_sentences(SegmentKind::kSentence, start, end);
    }
    if (kind == BlockKind::kParagraph || kind == BlockKind::kQuote) {
      settle(first);
    } else {
      settle(pending_.size());  // lists, code and tables stay with what introduces them
    }
  }

  // Makes chunks of what is pending while it is too large. `block` is where the newest block
  // begins.
  void settle(std::size_t block) {
    if (block > 0 && block < pending_.size() && words_in(0, block) >= kChunkMinWords &&
        words_in(0, pending_.size()) > kChunkMaxWords) {
      emit(block);
    }
    while (!fits(pending_.size())) {
      std::size_t count = 1;
      while (count < pending_.size() && fits(count + 1)) ++count;
      emit(count);
    }
  }

  std::size_t words_in(std::size_t from, std::size_t to) const {
    std::size_t words = 0;
    for (auto i = from; i < to; ++i) words += words_[i];
    return words;
  }
  bool fits(std::size_t count) const {
    if (count <= 1) return true;
    const auto bytes = pending_[count - 1].end - pending_[0].start;
    return words_in(0, count) <= kChunkMaxWords && bytes <= kMaxChunkBytes;
  }
  // Ends a section. A few words that are left over join the chunk before them rather than stand
  // alone.
  void flush() {
    constexpr std::size_t kLeftOverWords = 30;
    if (!pending_.empty() && chunks_.size() > section_ &&
        words_in(0, pending_.size()) < kLeftOverWords &&
        pending_.back().end - last_start_ <= kMaxChunkBytes) {
      auto& last = chunks_.back();
      add_segments(pending_.size(), last);
      last.text = text_.substr(last_start_, pending_.back().end - last_start_);
      drop_pending(pending_.size());
    }
    if (!pending_.empty()) emit(pending_.size());
    section_ = chunks_.size();
  }

  void emit(std::size_t count) {
    Chunk chunk;
    chunk.heading = heading_;
    last_start_ = pending_[0].start;
    chunk.text = text_.substr(last_start_, pending_[count - 1].end - last_start_);
    add_segments(count, chunk);
    chunk.start = chunk.segments.front().start;
    chunks_.push_back(std::move(chunk));
    drop_pending(count);
  }

  void add_segments(std::size_t count, Chunk& chunk) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto& piece = pending_[i];
      const auto from = back_.code_point_of(piece.start);
      chunk.segments.push_back({.kind = piece.kind,
                                .begins_block = piece.begins_block,
                                .start = from,
                                .end = back_.code_point_of(piece.end)});
    }
    chunk.end = chunk.segments.back().end;
  }

  void drop_pending(std::size_t count) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
    words_.erase(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(count));
  }

  void add_piece(SegmentKind kind, std::size_t start, std::size_t end) {
    const auto whole = text_.substr(start, end - start);
    const auto kept = without_end_space(whole);
    if (trim(kept).empty()) return;
    const auto lead =
        kind == SegmentKind::kCode ? 0 : std::min(kept.find_first_not_of(" \t\r\n"), kept.size());
    pending_.push_back({.kind = kind,
                        .begins_block = std::exchange(begins_block_, false),
                        .start = start + lead,
                        .end = start + kept.size()});
    words_.push_back(count_words(kept));
    // What is pending is settled block by block; one block of 8 MB must not wait for its end.
    if (pending_.size() >= kMaxPendingPieces) settle(pending_.size());
  }

  void add_sentences(SegmentKind kind, std::size_t start, std::size_t end) {
    std::size_t from = 0;
    for (const auto to : tokenizer_.sentence_ends(text_.substr(start, end - start))) {
      add_piece(kind, start + from, start + to);
      from = to;
    }
  }

  // Lines are joined up to a size that is worth quoting; a line that is too long is cut.
  void add_lines(SegmentKind kind, std::size_t start, std::size_t end) {
    constexpr std::size_t kCodePieceBytes = 1200;
    auto from = start;
    while (from < end) {
      if (end - from <= kCodePieceBytes) {
        add_piece(kind, from, end);
        return;
      }
      const auto window = text_.substr(from, kCodePieceBytes);
      const auto line_end = window.rfind('\n');
      auto to = line_end == std::string_view::npos ? from + kCodePieceBytes : from + line_end + 1;
      while (is_utf8_tail(text_[to])) --to;
      add_piece(kind, from, to);
      from = to;
    }
  }

  void add_table(std::size_t start, std::size_t end) {
    auto from = start;
    std::size_t row = 0;
    while (from < end) {
      auto to = line_end_after(from, end);
      if (row == 0 && is_delimiter_row(to, end)) to = line_end_after(to, end);
      const auto kind = row == 0 ? SegmentKind::kTableHead : SegmentKind::kTableRow;
      if (to - from > kMaxSegmentBytes) {
        add_lines(kind, from, to);
      } else {
        add_piece(kind, from, to);
      }
      from = to;
      ++row;
    }
  }
  std::size_t line_end_after(std::size_t from, std::size_t end) const {
    const auto found = text_.substr(from, end - from).find('\n');
    return found == std::string_view::npos ? end : from + found + 1;
  }
  bool is_delimiter_row(std::size_t from, std::size_t end) const {
    const auto line = trim(text_.substr(from, line_end_after(from, end) - from));
    return !line.empty() && line.find_first_not_of("|:-> \t") == std::string_view::npos &&
           line.find('-') != std::string_view::npos;
  }

  static constexpr std::size_t kMaxPendingPieces = 1024;

  std::string_view text_;
  Tokenizer& tokenizer_;
  OffsetCursor cursor_;  // code points of blocks to bytes
  OffsetCursor back_;    // bytes of pieces to code points
  std::array<std::string, 6> path_;
  std::string heading_;
  bool begins_block_ = false;  // the next piece is the first of its block
  std::vector<Piece> pending_;
  std::vector<std::size_t> words_;  // of each pending piece
  std::vector<Chunk> chunks_;
  std::size_t section_ = 0;     // the first chunk of the open section
  std::size_t last_start_ = 0;  // bytes, of the last chunk
};

std::string_view file_stem(std::string_view file) {
  if (const auto slash = file.rfind('/'); slash != std::string_view::npos) {
    file.remove_prefix(slash + 1);
  }
  return file.substr(0, file.rfind('.'));
}

}  // namespace

std::string_view media_type_of(std::string_view file) {
  const auto dot = file.rfind('.');
  if (dot == std::string_view::npos) return {};
  const auto ending = to_lower_ascii(file.substr(dot + 1));
  if (ending == "md" || ending == "markdown" || ending == "mdown") return kMarkdownType;
  if (ending == "txt" || ending == "text" || ending == "rst") return kPlainTextType;
  if (ending == "html" || ending == "htm" || ending == "xhtml") return kHtmlType;
  return {};
}

std::vector<Chunk> make_chunks(const ExtractedDocument& document, Tokenizer& tokenizer) {
  return Chunker(document, tokenizer).run(document.blocks);
}

IndexedDocument index_document(DocumentInfo info, ExtractedDocument document,
                               Tokenizer& tokenizer) {
  IndexedDocument indexed;
  info.title = document.title.empty() ? std::string(file_stem(info.file)) : document.title;
  const auto shared_terms =
      tokenizer.joined_terms(std::string(file_stem(info.file)) + " " + info.title);
  for (auto& chunk : make_chunks(document, tokenizer)) {
    const auto cut = chunk.heading.rfind(kPathSeparator);
    const auto is_nested = cut != std::string::npos;
    const auto last = std::string_view(chunk.heading).substr(is_nested ? cut + 3 : 0);
    const auto above = std::string_view(chunk.heading).substr(0, is_nested ? cut : 0);
    IndexedDocument::IndexedChunk item{
        .chunk = {},
        .body_terms = tokenizer.joined_terms(chunk.text),
        .heading_terms = tokenizer.joined_terms(last),
        .path_terms = shared_terms + " " + tokenizer.joined_terms(above)};
    item.chunk = std::move(chunk);
    indexed.chunks.push_back(std::move(item));
  }
  indexed.info = std::move(info);
  indexed.text = std::move(document.text);
  return indexed;
}

}  // namespace gatehouse::knowledge
