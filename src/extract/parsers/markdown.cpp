#include <md4c.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>

#include "block_list.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/extract_parsers/parsers.hpp"

namespace gatehouse::extract {
namespace {

using knowledge::BlockKind;
using knowledge::ExtractedDocument;

// A block while its text comes in.
struct Leaf {
  BlockKind kind = BlockKind::kParagraph;
  std::size_t level = 0;
  std::size_t first = std::string_view::npos;  // bytes of the text seen so far
  std::size_t last = 0;
  bool is_fenced = false;
  bool begins_item = false;
  std::string title;
};

// Listens to md4c. Its callbacks hand out pointers into the source, from which the places of blocks
// follow; what it makes up itself (line breaks, replacement characters) points elsewhere and is
// passed over.
class MarkdownReader {
 public:
  // `body` is where Markdown begins in `text`, behind the front matter.
  MarkdownReader(std::string_view text, std::size_t body)
      : text_(text), body_(body), blocks_(text) {}

  bool run() {
    MD_PARSER parser{};
    parser.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) {
      return static_cast<MarkdownReader*>(self)->enter(type, detail);
    };
    parser.leave_block = [](MD_BLOCKTYPE type, void*, void* self) {
      return static_cast<MarkdownReader*>(self)->leave(type);
    };
    parser.enter_span = [](MD_SPANTYPE, void*, void*) { return 0; };
    parser.leave_span = [](MD_SPANTYPE, void*, void*) { return 0; };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
      return static_cast<MarkdownReader*>(self)->add(type, std::string_view(text, size));
    };
    const auto body = text_.substr(body_);
    return md_parse(body.data(), static_cast<MD_SIZE>(body.size()), &parser, this) == 0;
  }

  std::vector<knowledge::Block> take() { return blocks_.take(); }

 private:
  void open(BlockKind kind, std::size_t level = 0) {
    leaf_.emplace();
    leaf_->kind = kind;
    leaf_->level = level;
  }

  int enter(MD_BLOCKTYPE type, void* detail) {
    switch (type) {
      case MD_BLOCK_QUOTE:
        close();
        ++quotes_;
        break;
      case MD_BLOCK_UL:
      case MD_BLOCK_OL:
        close();
        ++lists_;
        break;
      case MD_BLOCK_LI:
        close();
        is_new_item_ = true;
        break;
      case MD_BLOCK_H:
        close();
        open(BlockKind::kHeading, static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
        break;
      case MD_BLOCK_P:
        close();
        open_prose();
        break;
      case MD_BLOCK_CODE:
        close();
        open(BlockKind::kCode);
        leaf_->is_fenced = static_cast<MD_BLOCK_CODE_DETAIL*>(detail)->fence_char != 0;
        is_new_item_ = false;
        break;
      case MD_BLOCK_TABLE:
        close();
        open(BlockKind::kTable);
        break;
      case MD_BLOCK_HTML:
        close();
        is_html_ = true;
        break;
      default:
        break;  // parts of a table, rules, the document
    }
    return 0;
  }

  int leave(MD_BLOCKTYPE type) {
    switch (type) {
      case MD_BLOCK_QUOTE:
        close();
        --quotes_;
        break;
      case MD_BLOCK_UL:
      case MD_BLOCK_OL:
        close();
        --lists_;
        break;
      case MD_BLOCK_HTML:
        is_html_ = false;
        break;
      case MD_BLOCK_LI:
        close();
        is_new_item_ = false;
        break;
      case MD_BLOCK_H:
      case MD_BLOCK_P:
      case MD_BLOCK_CODE:
      case MD_BLOCK_TABLE:
        close();
        break;
      default:
        break;
    }
    return blocks_.is_full() ? 1 : 0;
  }

  void open_prose() {
    if (lists_ > 0) {
      open(BlockKind::kListItem, lists_);
      leaf_->begins_item = std::exchange(is_new_item_, false);
    } else {
      open(quotes_ > 0 ? BlockKind::kQuote : BlockKind::kParagraph);
    }
  }

  int add(MD_TEXTTYPE type, std::string_view piece) {
    if (is_html_) return 0;
    if (!leaf_) open_prose();  // an item of a tight list has no paragraph
    if (leaf_->kind == BlockKind::kHeading) add_to_title(type, piece);
    const auto* const begin = text_.data();
    const std::less<const char*> is_before;
    if (is_before(piece.data(), begin) || !is_before(piece.data(), begin + text_.size())) return 0;
    const auto first = static_cast<std::size_t>(piece.data() - begin);
    leaf_->first = std::min(leaf_->first, first);
    leaf_->last = std::max(leaf_->last, std::min(first + piece.size(), text_.size()));
    return 0;
  }

  void add_to_title(MD_TEXTTYPE type, std::string_view piece) {
    if (leaf_->title.size() > knowledge::kMaxTitleBytes || type == MD_TEXT_HTML) return;
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEntities = {
        {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&nbsp;", " "}}};
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR) piece = " ";
    if (type == MD_TEXT_ENTITY) {
      const auto* const known = std::ranges::find(
          kEntities, piece, &std::pair<std::string_view, std::string_view>::first);
      if (known != kEntities.end()) piece = known->second;
    }
    leaf_->title += piece;
  }

  void close() {
    if (!leaf_) return;
    const auto leaf = std::move(*leaf_);
    leaf_.reset();
    if (leaf.first >= leaf.last) return;
    auto start = leaf.first;
    auto end = end_of_line(leaf.last);
    switch (leaf.kind) {
      case BlockKind::kCode:
        if (leaf.is_fenced) {
          start = start_of_fence(start_of_line(start));
          end = with_closing_fence(end);
        } else {
          start = start_of_line(start);
        }
        break;
      case BlockKind::kTable:
        start = start_of_row(start);
        break;
      default:
        start = leaf.begins_item ? start_of_item(start) : start_of_markup(start);
    }
    blocks_.add(leaf.kind, leaf.level, start, end, tidy_title(leaf.title));
  }

  std::size_t start_of_line(std::size_t at) const {
    while (at > body_ && text_[at - 1] != '\n' && text_[at - 1] != '\r') --at;
    return at;
  }
  std::size_t end_of_line(std::size_t at) const {
    // The last piece of a code block may hold its own line feed.
    while (at > 0 && (text_[at - 1] == '\n' || text_[at - 1] == '\r')) --at;
    at = std::min(text_.find_first_of("\r\n", at), text_.size());
    while (at > 0 && (text_[at - 1] == ' ' || text_[at - 1] == '\t')) --at;
    return at;
  }
  std::string_view line_at(std::size_t start) const {
    return text_.substr(start, std::min(text_.find_first_of("\r\n", start), text_.size()) - start);
  }
  // The opening fence stands in the line before `line`.
  std::size_t start_of_fence(std::size_t line) const {
    auto at = line;
    if (at > body_ && text_[at - 1] == '\n') --at;
    if (at > body_ && text_[at - 1] == '\r') --at;
    const auto before = start_of_line(at);
    const auto fence = line_at(before).find_first_of("`~");
    return fence == std::string_view::npos ? line : before + fence;
  }
  // `**Note** …`: the text begins behind the stars, the quote before them.
  std::size_t start_of_markup(std::size_t at) const {
    while (at > body_ &&
           std::string_view("*_~`[!<\\").find(text_[at - 1]) != std::string_view::npos) {
      --at;
    }
    return at;
  }
  std::size_t start_of_row(std::size_t at) const {
    const auto line = start_of_line(at);
    const auto bar = text_.substr(line, at - line).find('|');
    return bar == std::string_view::npos ? start_of_markup(at) : line + bar;
  }
  // With "- ", "1. " or "- [x] " where that stands before the text on its line.
  std::size_t start_of_item(std::size_t at) const {
    const auto from = start_of_markup(at);
    auto before = text_.substr(start_of_line(from), from - start_of_line(from));
    const auto drop_space = [&] {
      while (before.ends_with(' ') || before.ends_with('\t')) before.remove_suffix(1);
    };
    drop_space();
    if (before.size() >= 3 && before.ends_with(']') && before[before.size() - 3] == '[') {
      before.remove_suffix(3);
      drop_space();
    }
    if (before.empty()) return from;
    const char marker = before.back();
    auto start = static_cast<std::size_t>(before.data() - text_.data()) + before.size() - 1;
    if (marker == '-' || marker == '*' || marker == '+') return start;
    if (marker != '.' && marker != ')') return from;
    const auto digits_end = start;
    while (start > 0 && is_digit_ascii(text_[start - 1])) --start;
    return start < digits_end ? start : from;
  }
  // `end` is where the last line of the code ends.
  std::size_t with_closing_fence(std::size_t end) const {
    const auto feed = text_.find('\n', end);
    if (feed == std::string_view::npos) return end;
    const auto line = line_at(feed + 1);
    const bool is_fence =
        line.find("```") != std::string_view::npos || line.find("~~~") != std::string_view::npos;
    return is_fence ? feed + 1 + line.find_last_not_of(" \t") + 1 : end;
  }

  std::string_view text_;
  std::size_t body_;
  BlockList blocks_;
  std::optional<Leaf> leaf_;
  std::size_t quotes_ = 0;
  std::size_t lists_ = 0;
  bool is_new_item_ = false;
  bool is_html_ = false;
};

struct FrontMatter {
  std::size_t end = 0;  // where the document itself begins
  std::string title;
};

// "---", lines, "---" at the very top, as static site generators want it.
FrontMatter read_front_matter(std::string_view text) {
  constexpr std::size_t kMaxFrontMatterBytes = 64u << 10;
  FrontMatter front;
  if (!text.starts_with("---\n") && !text.starts_with("---\r\n")) return front;
  const auto close = text.substr(0, kMaxFrontMatterBytes).find("\n---", 3);
  if (close == std::string_view::npos) return front;
  const auto line_end = text.find('\n', close + 1);
  if (!trim(text.substr(close + 4, line_end - std::min(line_end, close + 4))).empty()) return front;
  front.end = line_end == std::string_view::npos ? text.size() : line_end + 1;
  for (const auto line : split(text.substr(0, close), '\n')) {
    if (!line.starts_with("title:")) continue;
    auto title = trim(line.substr(6));
    const bool is_quoted = title.size() >= 2 && title.front() == title.back() &&
                           (title.front() == '"' || title.front() == '\'');
    if (is_quoted) title = title.substr(1, title.size() - 2);
    front.title = tidy_title(title);
  }
  return front;
}

}  // namespace

Result<ExtractedDocument> parse_markdown(std::string_view bytes) {
  ExtractedDocument document;
  document.text = std::string(bytes);
  auto front = read_front_matter(document.text);
  MarkdownReader reader(document.text, front.end);
  // A reader that stopped because it has all the blocks it may keep is fine; what else stops md4c
  // is a lack of memory.
  const bool is_whole = reader.run();
  document.blocks = reader.take();
  if (!is_whole && document.blocks.size() < knowledge::kMaxBlocks) {
    return fail(ErrorCode::kTooLarge, "It needs more memory than a document may take.");
  }
  document.title = front.title.empty() ? title_of(document.blocks) : std::move(front.title);
  return document;
}

}  // namespace gatehouse::extract
