#include <string>

#include "block_list.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/extract_parsers/parsers.hpp"

namespace gatehouse::extract {
namespace {

using knowledge::BlockKind;

// The level of a heading that is underlined with such a line; 0 if it is no underline.
std::size_t underline_level(std::string_view line) {
  constexpr std::string_view kMarks = "=-~";
  line = trim(line);
  if (line.size() < 3) return 0;
  const auto level = kMarks.find(line.front());
  if (level == std::string_view::npos) return 0;
  return line.find_first_not_of(line.front()) == std::string_view::npos ? level + 1 : 0;
}

struct Line {
  std::size_t start = 0;
  std::size_t end = 0;   // without the line feed
  std::size_t next = 0;  // where the next line starts
};

Line line_at(std::string_view text, std::size_t start) {
  const auto feed = std::min(text.find('\n', start), text.size());
  auto end = feed;
  while (end > start && (text[end - 1] == '\r' || text[end - 1] == ' ' || text[end - 1] == '\t')) {
    --end;
  }
  return {.start = start, .end = end, .next = std::min(feed + 1, text.size())};
}

}  // namespace

Result<knowledge::ExtractedDocument> parse_plain_text(std::string_view bytes) {
  constexpr std::size_t kMaxHeadingBytes = 120;
  knowledge::ExtractedDocument document;
  document.text = std::string(bytes);
  const std::string_view text = document.text;
  BlockList blocks(text);
  std::size_t start = 0;  // of the open paragraph
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto line = line_at(text, at);
    at = line.next;
    const auto words = text.substr(line.start, line.end - line.start);
    if (trim(words).empty()) {
      blocks.add(BlockKind::kParagraph, 0, start, end);
      start = end = line.next;
      continue;
    }
    const bool is_alone = start >= end;
    const auto next = line_at(text, at);
    const auto level = underline_level(text.substr(next.start, next.end - next.start));
    if (is_alone && level > 0 && words.size() <= kMaxHeadingBytes && underline_level(words) == 0) {
      blocks.add(BlockKind::kHeading, level, line.start, line.end, tidy_title(words));
      at = next.next;
      start = end = at;
      continue;
    }
    if (is_alone) start = line.start;
    end = line.end;
  }
  blocks.add(BlockKind::kParagraph, 0, start, end);
  document.blocks = blocks.take();
  document.title = title_of(document.blocks);
  return document;
}

Result<knowledge::ExtractedDocument> parse_document(std::string_view media_type,
                                                    std::string_view bytes) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.size() > knowledge::kMaxDocumentBytes) {
    return fail(ErrorCode::kTooLarge, "It is larger than 8 MB.");
  }
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  const auto scan = scan_utf8(bytes);
  if (!scan.is_valid) {
    return fail(ErrorCode::kUnsupportedMedia, "It is not UTF-8 text. Save it as UTF-8.");
  }
  if (scan.has_nul) {
    return fail(ErrorCode::kUnsupportedMedia, "It is not a text file: it has zero bytes in it.");
  }
  if (media_type == knowledge::kMarkdownType) return parse_markdown(bytes);
  if (media_type == knowledge::kPlainTextType) return parse_plain_text(bytes);
  if (media_type == knowledge::kHtmlType) return parse_html(bytes);
  return fail(ErrorCode::kUnsupportedMedia, "No parser reads this kind of file.");
}

}  // namespace gatehouse::extract
