#include "arena.hpp"

#include <new>

namespace gatehouse::extract {

void* Arena::allocate(std::size_t size) {
  constexpr std::size_t kAlignment = alignof(std::max_align_t);
  size = (size + kAlignment - 1) / kAlignment * kAlignment;
  if (size > kBlockBytes / 4) {
    if (size > left_bytes_) throw std::bad_alloc();
    left_bytes_ -= size;
    blocks_.insert(blocks_.begin(), std::make_unique_for_overwrite<std::byte[]>(size));
    return blocks_.front().get();
  }
  if (used_ + size > kBlockBytes) {
    if (kBlockBytes > left_bytes_) throw std::bad_alloc();
    left_bytes_ -= kBlockBytes;
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(kBlockBytes));
    used_ = 0;
  }
  auto* const place = blocks_.back().get() + used_;
  used_ += size;
  return place;
}

}  // namespace gatehouse::extract
