// How much may be tried again.
#pragma once

#include <cstdint>
#include <mutex>

#include "gatehouse/base/clock.hpp"

namespace gatehouse::responders {

// A tenth of all calls, and one a second: so a backend that fails altogether gets at most 1.1 times
// the calls, and a quiet site can still try again. At most ten wait to be spent. Safe from any
// thread.
class RetryBudget {
 public:
  // Somebody asks for the first time.
  void note_call(TimePoint now);
  // Whether one more call may be made, which is spent then.
  bool take(TimePoint now);

 private:
  void fill(TimePoint now);

  std::mutex mutex_;
  std::int64_t thousandths_ = 10'000;
  TimePoint filled_at_{};
};

}  // namespace gatehouse::responders
