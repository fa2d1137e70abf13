#include "gatehouse/guard/budget_reservation.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace gatehouse::guard {
namespace {

// What was reserved in earlier segments has left the window.
constexpr std::size_t kMostSegments = 17;

std::uint64_t minus(std::uint64_t a, std::uint64_t b) noexcept { return a > b ? a - b : 0; }

}  // namespace

struct BudgetReservation::State {
  // What one budget holds, a reservation for each segment of its window.
  struct Held {
    RateCharges::Label label;
    std::vector<RateReservation> reservations;
  };

  BudgetParts parts;
  BudgetTerms terms;
  std::vector<Held> held;
  Cost reserved;
  bool is_settled = false;
  std::string_view refused_by;

  Cost cost_of(const TokenCount& count) const noexcept {
    return {.tokens = count.total(), .micros = terms.price.of(count)};
  }
  Cost missing_for(const TokenCount& count) const noexcept {
    const Cost cost = cost_of(count);
    return {.tokens = minus(cost.tokens, reserved.tokens),
            .micros = minus(cost.micros, reserved.micros)};
  }
  // How much of a reply is covered by what is reserved, and `more`.
  std::uint64_t covered(const TokenCount& count, const Cost& more = {}) const noexcept {
    const std::uint64_t by_tokens = minus(reserved.tokens + more.tokens, count.prompt);
    const std::uint64_t by_money =
        terms.price.longest_reply(count.prompt, reserved.micros + more.micros);
    return std::min({count.reply, by_tokens, by_money});
  }
  void hold(const RateCharges::Label& label, const RateReservation& reservation);
  RateOutcome reserve(const Cost& cost, RateCharges& asked);
  bool take(const Cost& cost, Cost& left);
  void settle(Held& budget, std::uint64_t cost_units) const noexcept;
};

// One reservation for each segment is enough: settling knows only how much stands in which.
void BudgetReservation::State::hold(const RateCharges::Label& label,
                                    const RateReservation& reservation) {
  auto budget =
      std::ranges::find(held, label.name, [](const Held& each) { return each.label.name; });
  if (budget == held.end()) budget = held.insert(held.end(), {.label = label, .reservations = {}});
  auto& all = budget->reservations;
  const bool is_same = !all.empty() && all.back().segment == reservation.segment &&
                       all.back().is_at_parent == reservation.is_at_parent &&
                       all.back().is_degraded == reservation.is_degraded;
  if (is_same) {
    all.back().charge.cost += reservation.charge.cost;
    return;
  }
  if (all.size() >= 2 * kMostSegments) all.erase(all.begin());
  all.push_back(reservation);
}

RateOutcome BudgetReservation::State::reserve(const Cost& cost, RateCharges& asked) {
  asked = terms.charges.with_cost(cost);
  RateOutcome outcome{.status = RateStatus::kDecided};
  outcome.decision.is_admitted = true;  // where nothing costs anything
  if (!asked.charges().empty())
    outcome = parts.store.try_decide(asked.charges(), parts.rate_clock.now_ms());
  if (outcome.status != RateStatus::kDecided || !outcome.decision.is_admitted) return outcome;
  reserved.tokens += cost.tokens;
  reserved.micros += cost.micros;
  // A fail mode that counts nothing has no quotas.
  for (std::size_t i = 0; i < outcome.decision.quota_count; ++i)
    hold(asked.labels()[i], reservation_of(asked.charges()[i], outcome, i));
  return outcome;
}

// False: refused, and `left` is what the budgets would have had.
bool BudgetReservation::State::take(const Cost& cost, Cost& left) {
  RateCharges asked;
  const RateOutcome outcome = reserve(cost, asked);
  if (outcome.status == RateStatus::kDecided && outcome.decision.is_admitted) return true;
  left = cost;
  const RateDecision& decision = outcome.decision;
  if (decision.quota_count == 0) left = {};
  for (std::size_t i = 0; i < decision.quota_count; ++i) {
    const auto& label = asked.labels()[i];
    auto& amount = label.counts_money ? left.micros : left.tokens;
    amount = std::min(amount, label.amount_of(decision.quotas[i].remaining));
  }
  const bool is_known = decision.worst < asked.labels().size();
  refused_by = is_known ? asked.labels()[decision.worst].name : std::string_view("unknown");
  return false;
}

// What is too much goes back from the newest on: it stays in the window for longest.
void BudgetReservation::State::settle(Held& budget, std::uint64_t cost_units) const noexcept {
  std::uint64_t units = 0;
  for (const auto& each : budget.reservations) units += each.charge.cost;
  std::uint64_t excess = minus(units, cost_units);
  const std::uint64_t lack = minus(cost_units, units);
  for (std::size_t i = budget.reservations.size(); i-- > 0;) {
    const RateReservation& each = budget.reservations[i];
    const bool is_newest = i + 1 == budget.reservations.size();
    const std::uint64_t back = std::min<std::uint64_t>(excess, each.charge.cost);
    excess -= back;
    const std::uint64_t cost = each.charge.cost - back + (is_newest ? lack : 0);
    if (cost != each.charge.cost)
      parts.store.settle(each,
                         static_cast<std::uint32_t>(std::min<std::uint64_t>(cost, UINT32_MAX)));
  }
}

BudgetReservation::BudgetReservation() noexcept = default;
BudgetReservation::BudgetReservation(const BudgetParts& parts, BudgetTerms&& terms)
    : state_(std::make_unique<State>(State{.parts = parts,
                                           .terms = std::move(terms),
                                           .held = {},
                                           .reserved = {},
                                           .refused_by = {}})) {}
BudgetReservation::BudgetReservation(BudgetReservation&&) noexcept = default;

BudgetReservation& BudgetReservation::operator=(BudgetReservation&& other) noexcept {
  if (this == &other) return *this;
  if (state_) settle({});
  state_ = std::move(other.state_);
  return *this;
}

BudgetReservation::~BudgetReservation() {
  if (state_) [[unlikely]]
    settle({});
}

RateOutcome BudgetReservation::reserve(const Cost& cost, RateCharges& asked) {
  return state_->reserve(cost, asked);
}

void BudgetReservation::set_model(std::string_view model, std::string_view asked_model) {
  auto& terms = state_->terms;
  if (!terms.prices) return;
  auto price = terms.prices->find(model);
  if (!price) price = terms.prices->find(asked_model);
  terms.price = price.value_or(Price());
}

std::uint64_t BudgetReservation::cover(const TokenCount& count) {
  State& state = *state_;
  if (state.covered(count) == count.reply) [[likely]]
    return count.reply;
  const TokenCount with_step{.prompt = count.prompt,
                             .reply = count.reply + state.terms.step_tokens};
  Cost left;
  if (state.take(state.missing_for(with_step), left)) return count.reply;
  // Near its end a budget has less than a step, and perhaps less than this piece.
  const std::uint64_t reply = state.covered(count, left);
  const Cost missing = state.missing_for({.prompt = count.prompt, .reply = reply});
  if (missing.tokens == 0 && missing.micros == 0) return reply;
  return state.take(missing, left) ? reply : state.covered(count);
}

void BudgetReservation::settle(const TokenCount& count, bool is_least_reserved) noexcept {
  State& state = *state_;
  if (std::exchange(state.is_settled, true)) return;
  Cost cost = state.cost_of(count);
  if (is_least_reserved) {
    cost = {.tokens = std::max(cost.tokens, state.reserved.tokens),
            .micros = std::max(cost.micros, state.reserved.micros)};
  }
  for (auto& budget : state.held) state.settle(budget, budget.label.units_of(cost));
}

std::string_view BudgetReservation::refused_by() const noexcept {
  return state_ ? state_->refused_by : std::string_view();
}

void BudgetReservation::note_cut(telemetry::Log& log, telemetry::Counters& counters) const {
  const State& state = *state_;
  counters.add(telemetry::Counter::kAnswersCut);
  Explanation cut = state.terms.cut;
  cut.at = state.parts.clock.wall();
  cut.evidence = state.refused_by;
  log.warning(telemetry::event::kRateLimitExceeded, cut.told,
              {{"request_id", cut.request_id},
               {"rule", cut.rule},
               {"evidence", cut.evidence},
               {"client", cut.client}});
  if (state.parts.sampler.takes(cut.rule, state.terms.client, state.parts.clock.now()))
    state.parts.explanations.add(std::move(cut));
}

}  // namespace gatehouse::guard
