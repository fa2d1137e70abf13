// How many answers a backend gives at once before each gets slow.
#pragma once

#include <cstdint>

#include "gatehouse/base/clock.hpp"

namespace gatehouse::responders {

struct ConcurrencySettings {
  unsigned first = 64;
  unsigned least = 4;
  unsigned most = 1000;
};

// Learns the limit from the time to the first piece of an answer, seen against the size of its
// prompt: a long prompt is slow without anything being wrong, and a long answer says nothing. Where
// first pieces come later than they usually do, the limit sinks; while they don't and the limit is
// in use, it rises. A backend that asks for less lowers it at once. Not safe from several threads.
class ConcurrencyLimit {
 public:
  explicit ConcurrencyLimit(ConcurrencySettings settings);

  // `share_percent`: of the limit, for those who wait behind others.
  bool enter(unsigned share_percent = 100);
  void leave();
  void note_first_piece(Duration waited, std::uint64_t prompt_tokens);
  void note_overload();

  unsigned running() const { return running_; }
  unsigned limit() const { return static_cast<unsigned>(limit_); }

 private:
  const ConcurrencySettings settings_;
  double limit_;
  double usual_ = 0;  // normalised waiting in milliseconds, over many answers; 0: none yet
  unsigned running_ = 0;
};

}  // namespace gatehouse::responders
