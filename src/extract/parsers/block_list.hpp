// Collects blocks in order while a parser goes through a text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/knowledge/document.hpp"
#include "gatehouse/knowledge/unicode.hpp"

namespace gatehouse::extract {

// Takes byte offsets and keeps code points. What would overlap the block before is cut; what comes
// after kMaxBlocks is dropped. The text must stay as it is meanwhile.
class BlockList {
 public:
  explicit BlockList(std::string_view text) : text_(text), cursor_(text) {}

  void add(knowledge::BlockKind kind, std::size_t level, std::size_t start, std::size_t end,
           std::string title = {});
  bool is_full() const { return blocks_.size() >= knowledge::kMaxBlocks; }
  std::vector<knowledge::Block> take() { return std::move(blocks_); }

 private:
  std::string_view text_;
  knowledge::OffsetCursor cursor_;
  std::size_t last_end_ = 0;
  std::vector<knowledge::Block> blocks_;
};

// One line without markup: white space collapsed, at most kMaxTitleBytes.
std::string tidy_title(std::string_view title);

// The first heading of the highest level, for a document that doesn't name its title.
std::string title_of(const std::vector<knowledge::Block>& blocks);

}  // namespace gatehouse::extract
