#include "quote_text.hpp"

#include <algorithm>
#include <vector>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/unicode.hpp"

namespace gatehouse::knowledge {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The white space and '>' of an enclosing list or quotation.
std::string_view without_prefix(std::string_view line) {
  const auto first = line.find_first_not_of(" \t>");
  return first == std::string_view::npos ? std::string_view() : line.substr(first);
}

std::size_t longest_run_of_ticks(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string_view body_of(const std::vector<std::string_view>& lines) {
  if (lines.empty()) return {};
  const auto end = lines.back().data() + lines.back().size();
  return {lines.front().data(), static_cast<std::size_t>(end - lines.front().data())};
}

bool is_fence(std::string_view line) {
  line = without_prefix(line);
  return line.starts_with("```") || line.starts_with("~~~");
}

std::string code_as_markdown(std::string_view text) {
  auto lines = lines_of(text);
  std::string_view language;
  if (!lines.empty() && is_fence(lines.front())) {
    const auto opening = without_prefix(lines.front());
    language = trim(opening.substr(std::min(opening.find_first_not_of("`~"), opening.size())));
    lines.erase(lines.begin());
    if (!lines.empty() && is_fence(lines.back())) lines.pop_back();
  }
  auto indent = std::string_view::npos;
  for (const auto line : lines) {
    if (!trim(line).empty()) indent = std::min(indent, line.find_first_not_of(" \t"));
  }
  const std::string fence(std::max<std::size_t>(3, longest_run_of_ticks(body_of(lines)) + 1), '`');
  std::string out = fence + std::string(language) + '\n';
  for (const auto line : lines) {
    if (indent != std::string_view::npos && line.size() > indent) out += line.substr(indent);
    out += '\n';
  }
  return out + fence;
}

std::string prose_as_markdown(std::string_view text, std::string_view indent, bool is_markdown) {
  std::string out;
  for (const auto line : lines_of(text)) {
    const auto kept = out.empty() ? line : without_prefix(line);
    if (!out.empty()) {
      out += '\n';
      out += indent;
    }
    out += is_markdown ? std::string(kept) : escape_markdown(kept);
  }
  return out;
}

std::string table_as_markdown(std::string_view text, bool is_head, bool is_markdown) {
  std::string out;
  for (const auto line : lines_of(text)) {
    const auto kept = trim(without_prefix(line));
    if (kept.empty()) continue;
    if (!out.empty()) out += '\n';
    if (is_markdown) {
      out += kept;
      continue;
    }
    const auto cells = split(kept, '\t');
    for (const auto cell : cells) out += "| " + escape_markdown(cell) + " ";
    out += '|';
    if (!is_head) continue;
    out += '\n';
    for (std::size_t i = 0; i < cells.size(); ++i) out += "| --- ";
    out += '|';
  }
  return out;
}

std::string segment_as_markdown(const Segment& segment, std::string_view text, bool is_markdown) {
  switch (segment.kind) {
    case SegmentKind::kCode:
      return code_as_markdown(text);
    case SegmentKind::kTableHead:
      return table_as_markdown(text, true, is_markdown);
    case SegmentKind::kTableRow:
      return table_as_markdown(text, false, is_markdown);
    case SegmentKind::kListItem: {
      const bool needs_marker = !is_markdown && segment.begins_block;
      return (needs_marker ? "- " : "") + prose_as_markdown(text, "  ", is_markdown);
    }
    default:
      return prose_as_markdown(text, "", is_markdown);
  }
}

// What stands between a segment and the one before it.
std::string_view separator(const Segment& before, const Segment& segment) {
  const bool is_row = segment.kind == SegmentKind::kTableRow;
  if (is_row && (before.kind == SegmentKind::kTableHead || before.kind == segment.kind)) {
    return "\n";
  }
  if (segment.kind == SegmentKind::kCode) return "\n\n";
  if (!segment.begins_block) return " ";
  const bool is_list = segment.kind == SegmentKind::kListItem && before.kind == segment.kind;
  return is_list ? "\n" : "\n\n";
}

}  // namespace

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>#|~!").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

bool ends_in_block(const Chunk& chunk, std::size_t last) {
  const auto kind = chunk.segments[last].kind;
  return kind == SegmentKind::kCode || kind == SegmentKind::kTableHead ||
         kind == SegmentKind::kTableRow;
}

std::string quote_as_markdown(const Chunk& chunk, std::size_t first, std::size_t last,
                              std::string_view media_type) {
  const bool is_markdown = media_type == kMarkdownType;
  OffsetCursor cursor(chunk.text);
  std::string out;
  std::string_view head;  // of the table that is being read
  const Segment* before = nullptr;
  for (std::size_t i = 0; i <= last; ++i) {
    const auto& segment = chunk.segments[i];
    const auto from = cursor.byte_of(segment.start - chunk.start);
    const auto to = cursor.byte_of(segment.end - chunk.start);
    const auto text = std::string_view(chunk.text).substr(from, to - from);
    if (segment.kind == SegmentKind::kTableHead) head = text;
    if (segment.kind != SegmentKind::kTableHead && segment.kind != SegmentKind::kTableRow)
      head = {};
    if (i < first) continue;
    if (before == nullptr && segment.kind == SegmentKind::kTableRow && !head.empty()) {
      out += table_as_markdown(head, true, is_markdown) + "\n";
    }
    if (before != nullptr) out += separator(*before, segment);
    out += segment_as_markdown(segment, text, is_markdown);
    before = &segment;
  }
  return out;
}

}  // namespace gatehouse::knowledge
