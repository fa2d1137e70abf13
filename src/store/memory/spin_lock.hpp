// A lock in one word of memory, for a few cache lines of work: nothing waits inside it.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>

namespace gatehouse::store::memory {

inline void wait_a_moment() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

inline void lock_spinning(std::uint32_t& word) noexcept {
  constexpr int kSpinsBeforeYield = 100;  // longer than any holder needs, unless it was preempted
  const std::atomic_ref<std::uint32_t> flag(word);
  while (flag.exchange(1, std::memory_order_acquire) != 0) {
    int spins = 0;
    while (flag.load(std::memory_order_relaxed) != 0) {
      if (++spins < kSpinsBeforeYield) {
        wait_a_moment();
      } else {
        sched_yield();
      }
    }
  }
}

inline void unlock_spinning(std::uint32_t& word) noexcept {
  std::atomic_ref<std::uint32_t>(word).store(0, std::memory_order_release);
}

}  // namespace gatehouse::store::memory
