#include "block_list.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"

namespace gatehouse::extract {

using knowledge::Block;
using knowledge::BlockKind;

void BlockList::add(BlockKind kind, std::size_t level, std::size_t start, std::size_t end,
                    std::string title) {
  constexpr std::size_t kMaxLevel = 255;
  start = std::max(start, last_end_);
  if (start >= end || is_full() || trim(text_.substr(start, end - start)).empty()) return;
  last_end_ = end;
  const auto first = cursor_.code_point_of(start);
  blocks_.push_back(Block{.kind = kind,
                          .level = static_cast<std::uint8_t>(std::min(level, kMaxLevel)),
                          .start = first,
                          .end = cursor_.code_point_of(end),
                          .title = std::move(title)});
}

std::string tidy_title(std::string_view title) {
  std::string out;
  for (const char c : trim(title)) {
    const bool is_space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!is_space) {
      out += c;
    } else if (!out.ends_with(' ')) {
      out += ' ';
    }
  }
  if (out.size() > knowledge::kMaxTitleBytes) {
    auto end = knowledge::kMaxTitleBytes;
    while (end > 0 && is_utf8_tail(out[end])) --end;
    out.resize(end);
  }
  return out;
}

std::string title_of(const std::vector<Block>& blocks) {
  const Block* best = nullptr;
  for (const auto& block : blocks) {
    if (block.kind != BlockKind::kHeading || block.title.empty()) continue;
    if (best == nullptr || block.level < best->level) best = &block;
  }
  return best == nullptr ? std::string() : best->title;
}

}  // namespace gatehouse::extract
