// Memory for one document: given back all at once.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace gatehouse::extract {

// Gumbo frees its tree by recursion, which deep nesting turns into a stack overflow, and doesn't
// check for a lack of memory. So it takes its memory from here and never frees; past the limit the
// arena throws std::bad_alloc, which leaves gumbo's frames safely because nothing of it needs to be
// undone.
class Arena {
 public:
  explicit Arena(std::size_t limit_bytes) : left_bytes_(limit_bytes) {}
  void* allocate(std::size_t size);

 private:
  static constexpr std::size_t kBlockBytes = 256u << 10;
  std::size_t left_bytes_;
  std::size_t used_ = kBlockBytes;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

}  // namespace gatehouse::extract
