#include <gumbo.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <vector>

#include "arena.hpp"
#include "block_list.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/extract_parsers/parsers.hpp"

namespace gatehouse::extract {
namespace {

using knowledge::BlockKind;
using knowledge::ExtractedDocument;

constexpr std::size_t kMaxTreeBytes = 600u << 20;

bool is_one_of(GumboTag tag, std::initializer_list<GumboTag> tags) {
  return std::ranges::find(tags, tag) != tags.end();
}

// What no reader sees, or what is there to be clicked rather than read.
bool is_dropped_tag(GumboTag tag) {
  return is_one_of(
      tag, {GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE, GUMBO_TAG_TEMPLATE, GUMBO_TAG_NOSCRIPT,
            GUMBO_TAG_NAV, GUMBO_TAG_SVG, GUMBO_TAG_CANVAS, GUMBO_TAG_IFRAME, GUMBO_TAG_OBJECT,
            GUMBO_TAG_SELECT, GUMBO_TAG_TEXTAREA, GUMBO_TAG_BUTTON, GUMBO_TAG_HEAD});
}

bool is_block_tag(GumboTag tag) {
  return is_one_of(
      tag, {GUMBO_TAG_P,       GUMBO_TAG_DIV,     GUMBO_TAG_SECTION,    GUMBO_TAG_ARTICLE,
            GUMBO_TAG_MAIN,    GUMBO_TAG_ASIDE,   GUMBO_TAG_HEADER,     GUMBO_TAG_FOOTER,
            GUMBO_TAG_UL,      GUMBO_TAG_OL,      GUMBO_TAG_LI,         GUMBO_TAG_DL,
            GUMBO_TAG_DT,      GUMBO_TAG_DD,      GUMBO_TAG_PRE,        GUMBO_TAG_BLOCKQUOTE,
            GUMBO_TAG_FIGURE,  GUMBO_TAG_DETAILS, GUMBO_TAG_FIGCAPTION, GUMBO_TAG_SUMMARY,
            GUMBO_TAG_ADDRESS, GUMBO_TAG_HR,      GUMBO_TAG_BODY,       GUMBO_TAG_FORM,
            GUMBO_TAG_CAPTION, GUMBO_TAG_H1,      GUMBO_TAG_H2,         GUMBO_TAG_H3,
            GUMBO_TAG_H4,      GUMBO_TAG_H5,      GUMBO_TAG_H6,         GUMBO_TAG_FIELDSET});
}

std::size_t heading_level(GumboTag tag) {
  return tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6
             ? static_cast<std::size_t>(tag - GUMBO_TAG_H1) + 1
             : 0;
}

std::string_view attribute(const GumboElement& element, const char* name) {
  const auto* found = gumbo_get_attribute(&element.attributes, name);
  return found == nullptr ? std::string_view() : std::string_view(found->value);
}

bool is_hidden(const GumboElement& element) {
  if (gumbo_get_attribute(&element.attributes, "hidden") != nullptr) return true;
  if (equals_ignoring_case(attribute(element, "aria-hidden"), "true")) return true;
  if (equals_ignoring_case(attribute(element, "role"), "navigation")) return true;
  auto style = to_lower_ascii(attribute(element, "style"));
  std::erase(style, ' ');
  return style.find("display:none") != std::string::npos ||
         style.find("visibility:hidden") != std::string::npos;
}

const GumboVector& children_of(const GumboNode& node) {
  return node.type == GUMBO_NODE_DOCUMENT ? node.v.document.children : node.v.element.children;
}

bool is_element(const GumboNode& node) {
  return node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE;
}

// Tables that lay out a page hold headings or further tables; they are read as if they weren't
// there.
bool is_layout_table(const GumboNode& table) {
  constexpr std::size_t kMaxNodes = 2000;  // a table that large is taken for data
  std::vector<const GumboNode*> open{&table};
  for (std::size_t seen = 0; !open.empty() && seen < kMaxNodes; ++seen) {
    const auto& node = *open.back();
    open.pop_back();
    if (!is_element(node)) continue;
    const auto tag = node.v.element.tag;
    if (heading_level(tag) > 0 || (tag == GUMBO_TAG_TABLE && &node != &table)) return true;
    const auto& children = children_of(node);
    for (unsigned i = 0; i < children.length; ++i) {
      open.push_back(static_cast<const GumboNode*>(children.data[i]));
    }
  }
  return false;
}

// Walks the tree without recursion and writes down what a reader sees, block by block.
class HtmlReader {
 public:
  void run(const GumboNode& root) {
    std::vector<Open> open;
    enter(root);
    open.push_back({.node = &root, .next = 0});
    while (!open.empty()) {
      auto& top = open.back();
      const auto& children = children_of(*top.node);
      if (top.next >= children.length) {
        leave(*top.node);
        open.pop_back();
        continue;
      }
      const auto& child = *static_cast<const GumboNode*>(children.data[top.next++]);
      if (!is_element(child)) {
        add_text(child);
      } else if (child.v.element.tag == GUMBO_TAG_TITLE && title_.empty()) {
        title_ = first_text(child);
      } else if (child.v.element.tag == GUMBO_TAG_HEAD) {
        open.push_back({.node = &child, .next = 0});  // for the title
        ++head_;
      } else if (!is_dropped_tag(child.v.element.tag) && !is_hidden(child.v.element)) {
        enter(child);
        open.push_back({.node = &child, .next = 0});
      }
    }
    flush();
  }

  ExtractedDocument take() {
    ExtractedDocument document;
    BlockList blocks(text_);
    for (auto& block : found_) {
      blocks.add(block.kind, block.level, block.start, block.end,
                 block.kind == BlockKind::kHeading ? tidy_title(std::string_view(text_).substr(
                                                         block.start, block.end - block.start))
                                                   : std::string());
    }
    document.blocks = blocks.take();
    document.title = tidy_title(title_);
    if (document.title.empty()) document.title = title_of(document.blocks);
    document.text = std::move(text_);
    return document;
  }

 private:
  struct Open {
    const GumboNode* node = nullptr;
    unsigned next = 0;
  };
  struct Found {
    BlockKind kind = BlockKind::kParagraph;
    std::size_t level = 0;
    std::size_t start = 0;
    std::size_t end = 0;
  };

  static std::string first_text(const GumboNode& node) {
    const auto& children = children_of(node);
    if (children.length == 0) return {};
    const auto& child = *static_cast<const GumboNode*>(children.data[0]);
    return child.type == GUMBO_NODE_TEXT ? std::string(child.v.text.text) : std::string();
  }

  void enter(const GumboNode& node) {
    if (!is_element(node)) return;
    const auto tag = node.v.element.tag;
    if (tag == GUMBO_TAG_TABLE) {
      const bool is_data = !is_in_table() && !is_layout_table(node);
      if (!is_in_table()) flush();
      if (is_data) table_ = &node;
      return;
    }
    if (is_in_table()) {
      if (tag == GUMBO_TAG_CAPTION) buffer_.clear();
      return;
    }
    if (tag == GUMBO_TAG_BR) buffer_ += '\n';
    if (is_block_tag(tag) || is_cell(tag)) flush();
    if (tag == GUMBO_TAG_LI) ++items_;
    if (tag == GUMBO_TAG_PRE) ++code_;
    if (tag == GUMBO_TAG_BLOCKQUOTE) ++quotes_;
    if (heading_level(tag) > 0) heading_ = heading_level(tag);
  }

  void leave(const GumboNode& node) {
    if (!is_element(node)) return;
    const auto tag = node.v.element.tag;
    if (tag == GUMBO_TAG_HEAD && head_ > 0) {
      --head_;
      return;
    }
    if (is_in_table()) {
      leave_in_table(node, tag);
      return;
    }
    if (is_block_tag(tag) || is_cell(tag) || tag == GUMBO_TAG_TABLE) flush();
    if (tag == GUMBO_TAG_LI && items_ > 0) --items_;
    if (tag == GUMBO_TAG_PRE && code_ > 0) --code_;
    if (tag == GUMBO_TAG_BLOCKQUOTE && quotes_ > 0) --quotes_;
    if (heading_level(tag) > 0) heading_ = 0;
  }

  void leave_in_table(const GumboNode& node, GumboTag tag) {
    if (&node == table_) {
      table_ = nullptr;
      write(BlockKind::kTable, rows_);
      rows_.clear();
      buffer_.clear();
    } else if (tag == GUMBO_TAG_CAPTION) {
      write(BlockKind::kParagraph, tidy(buffer_, false));
      buffer_.clear();
    } else if (is_cell(tag)) {
      if (!rows_.empty() && !rows_.ends_with('\n')) rows_ += '\t';
      const auto cell = tidy(buffer_, true);
      rows_ += cell.empty() ? "-" : cell;  // an empty cell must keep its place
      buffer_.clear();
    } else if (tag == GUMBO_TAG_TR && !rows_.empty() && !rows_.ends_with('\n')) {
      rows_ += '\n';
    } else if (is_block_tag(tag)) {
      buffer_ += ' ';
    }
  }

  static bool is_cell(GumboTag tag) { return tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH; }
  bool is_in_table() const { return table_ != nullptr; }

  void add_text(const GumboNode& node) {
    const bool is_text = node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_CDATA;
    if (head_ > 0) return;
    if (is_text) {
      const std::string_view text = node.v.text.text;
      if (code_ > 0) {
        buffer_ += text;
      } else {
        // A line feed of the source is a space; those in the buffer come from <br>.
        for (const char c : text) buffer_ += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
      }
    } else if (node.type == GUMBO_NODE_WHITESPACE) {
      buffer_ += code_ > 0 ? node.v.text.text : " ";
    }
  }

  // Runs of spaces become one, lines are trimmed; in a cell lines are joined.
  static std::string tidy(std::string_view text, bool is_cell_text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '\n' && !is_cell_text) {
        while (out.ends_with(' ')) out.pop_back();
        if (!out.empty() && !out.ends_with("\n\n")) out += '\n';
      } else if (c == ' ' || c == '\t' || c == '\n' || text.substr(i).starts_with("\u00A0")) {
        if (c == '\xC2') ++i;
        if (!out.empty() && !out.ends_with(' ') && !out.ends_with('\n')) out += ' ';
      } else {
        out += c;
      }
    }
    return std::string(trim(out));
  }

  void flush() {
    if (buffer_.empty()) return;
    if (code_ > 0) {
      auto code = std::string_view(buffer_);
      while (code.starts_with('\n')) code.remove_prefix(1);
      while (code.ends_with('\n') || code.ends_with(' ')) code.remove_suffix(1);
      write(BlockKind::kCode, code);
    } else if (heading_ > 0) {
      auto heading = tidy(buffer_, true);
      write(BlockKind::kHeading, heading, heading_);
    } else if (items_ > 0) {
      write(BlockKind::kListItem, tidy(buffer_, false), items_);
    } else {
      write(quotes_ > 0 ? BlockKind::kQuote : BlockKind::kParagraph, tidy(buffer_, false));
    }
    buffer_.clear();
  }

  void write(BlockKind kind, std::string_view block, std::size_t level = 0) {
    while (block.ends_with('\n')) block.remove_suffix(1);
    if (trim(block).empty() || found_.size() >= knowledge::kMaxBlocks) return;
    if (!text_.empty()) text_ += "\n\n";
    found_.push_back(
        {.kind = kind, .level = level, .start = text_.size(), .end = text_.size() + block.size()});
    text_ += block;
  }

  std::string text_;
  std::string title_;
  std::vector<Found> found_;
  std::string buffer_;  // of the open block
  std::string rows_;    // of the open table: cells end in tabs, rows in line feeds
  const GumboNode* table_ = nullptr;
  std::size_t head_ = 0;
  std::size_t items_ = 0;
  std::size_t code_ = 0;
  std::size_t quotes_ = 0;
  std::size_t heading_ = 0;
};

}  // namespace

Result<ExtractedDocument> parse_html(std::string_view bytes) {
  Arena arena(kMaxTreeBytes);
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = [](void* memory, std::size_t size) {
    return static_cast<Arena*>(memory)->allocate(size);
  };
  options.deallocator = [](void*, void*) {};
  options.userdata = &arena;
  options.max_errors = 0;
  try {
    const auto* output = gumbo_parse_with_options(&options, bytes.data(), bytes.size());
    HtmlReader reader;
    reader.run(*output->document);
    return reader.take();
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kTooLarge, "It needs more memory than a document may take.");
  }
}

}  // namespace gatehouse::extract
