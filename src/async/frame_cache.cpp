#include "gatehouse/async/frame_cache.hpp"

#include <array>
#include <cstdlib>
#include <new>
#include <utility>

namespace gatehouse::async {

#if defined(__SANITIZE_ADDRESS__) || \
    (defined(__has_feature) &&       \
     (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)))

void* FrameCache::allocate(std::size_t size) { return ::operator new(size); }
void FrameCache::release(void* frame, std::size_t) noexcept { ::operator delete(frame); }

#else

namespace {

constexpr std::size_t kClassBytes = 64;
constexpr std::size_t kClasses = 64;
constexpr unsigned kKeptPerClass = 32;

struct FreeFrame {
  FreeFrame* next;
};

struct FreeLists {
  struct List {
    FreeFrame* first = nullptr;
    unsigned count = 0;
  };
  std::array<List, kClasses> lists;

  ~FreeLists() {
    for (auto& list : lists) {
      while (list.first != nullptr) {
        ::operator delete(std::exchange(list.first, list.first->next));
      }
      list.count = kKeptPerClass;  // a frame freed later at thread exit goes to the heap
    }
  }
};

thread_local FreeLists free_lists;

constexpr std::size_t class_of(std::size_t size) {
  return (size + kClassBytes - 1) / kClassBytes - 1;
}

}  // namespace

void* FrameCache::allocate(std::size_t size) {
  const std::size_t index = class_of(size);
  if (index >= kClasses) return ::operator new(size);
  auto& list = free_lists.lists[index];
  if (list.first == nullptr) return ::operator new((index + 1) * kClassBytes);
  --list.count;
  return std::exchange(list.first, list.first->next);
}

void FrameCache::release(void* frame, std::size_t size) noexcept {
  const std::size_t index = class_of(size);
  if (index >= kClasses || free_lists.lists[index].count >= kKeptPerClass)
    return ::operator delete(frame);
  auto& list = free_lists.lists[index];
  list.first = new (frame) FreeFrame{list.first};
  ++list.count;
}

#endif

}  // namespace gatehouse::async
