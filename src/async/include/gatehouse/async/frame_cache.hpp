// Memory for coroutine frames: freed frames are kept per thread and used again.
#pragma once

#include <cstddef>

namespace gatehouse::async {

// Frames come and go in the same few sizes many times per request, so a free list per size class
// saves the allocator's work. Bounded: 32 frames per class of 64 bytes, up to 4 KB; everything else
// goes to the heap. Sanitizer builds always use the heap, so that a use after free is seen.
class FrameCache {
 public:
  static void* allocate(std::size_t size);
  static void release(void* frame, std::size_t size) noexcept;
};

}  // namespace gatehouse::async
