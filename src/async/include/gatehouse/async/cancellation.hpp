// How work is told to stop: a flag that is checked after each wait, and whoever waits is woken.
#pragma once

#include <functional>
#include <vector>

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
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    friend class Cancellation;
    Cancellation& cancellation_;
    std::move_only_function<void()> wake_;
  };

 private:
  std::vector<Watch*> watches_;
  bool is_cancelled_ = false;
};

}  // namespace gatehouse::async
