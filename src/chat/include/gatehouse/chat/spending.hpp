// What one answer takes of the budgets of who asked: while it grows, and when it has ended.
#pragma once

#include <cstdint>
#include <string_view>

#include "gatehouse/chat/token_meter.hpp"
#include "gatehouse/guard/budget_reservation.hpp"

namespace gatehouse::chat {

// Sees each event of the answer as the responder says it, before the guard. What goes beyond the
// reservation is reserved before anybody sees it; where that is refused, the answer ends. Without a
// budget it only counts. What was kept from before costs nothing. One answer's; on its worker's
// thread.
class Spending {
 public:
  Spending(guard::BudgetReservation budget, const Prompt& prompt)
      : budget_(std::move(budget)), prompt_bytes_(budget_.is_held() ? prompt_bytes(prompt) : 0) {}

  // False: the answer ends behind this event, whose text is cut to what is left for it. Told once.
  bool take(ReplyEvent& event) {
    if (const auto* start = std::get_if<ReplyStart>(&event))
      is_free_ = start->cache == CacheOutcome::kHit;
    if (is_free_) return true;
    meter_.note(event);
    if (!budget_.is_held()) [[likely]]
      return true;
    return cover(event);
  }
  // When it is over; before anybody sees its end, so that who asks again at once finds it settled.
  void settle(const Exchange& exchange, const Result<void>& outcome);
  // Tells of a cut, if there was one.
  void note_cut(telemetry::Log& log, telemetry::Counters& counters) const {
    if (is_used_up_) budget_.note_cut(log, counters);
  }

  bool is_used_up() const { return is_used_up_; }
  // The name of the budget that ended the answer, a literal; empty if none did.
  std::string_view cut_by() const {
    return is_used_up_ ? budget_.refused_by() : std::string_view();
  }
  // What the answer has taken so far, for who is told so where its backend can't be asked any more.
  Usage usage() const;
  const TokenMeter& meter() const { return meter_; }

 private:
  bool cover(ReplyEvent& event);

  TokenMeter meter_;
  guard::BudgetReservation budget_;
  std::uint64_t prompt_bytes_ = 0;
  bool is_used_up_ = false;
  bool is_free_ = false;  // nobody was asked for it
};

// Why a responder's backend is closed there.
std::unexpected<Error> used_up();

}  // namespace gatehouse::chat
