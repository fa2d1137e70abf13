// How work is told to stop: a flag that is checked after each wait, and whoever waits is woken.
#pragma once

#include <functional>

namespace gatehouse::async {

// One piece of work has one Cancellation, owned by who may cancel it. A callback wakes what waits
// (it closes a stream, sets a signal); the flag is the truth. Cancelling twice is fine. One
// worker's thread only.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  bool is_cancelled() const { return is_cancelled_; }
  void cancel();

  // Runs `wake` on cancel (at once if that has happened), as long as this object lives.
  class [[nodiscard]] Watch {
   public:
    Watch(Cancellation& cancellation, std::move_only_function<void()> wake);
    ~Watch() { unlink(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    friend class Cancellation;
    void unlink();

    std::move_only_function<void()> wake_;
    Watch* next_ = nullptr;
    Watch** place_ = nullptr;  // what points to this one; null: not in the list
  };

 private:
  Watch* first_ = nullptr;  // a list through the watches themselves: nothing is allocated
  bool is_cancelled_ = false;
};

}  // namespace gatehouse::async
