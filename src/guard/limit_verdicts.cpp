#include "limit_verdicts.hpp"

#include <algorithm>

namespace gatehouse::guard {
namespace {

constexpr std::size_t kHeaderLinesBytes = 600;
constexpr std::uint64_t kMostTokens = std::uint64_t{1}
                                      << 60;  // of a turn, where money alone counts

// What the client hears of a limit, by the limit's name.
std::string_view reason_of(std::string_view limit) {
  if (limit == "tokens-minute")
    return "The tokens of this minute are used up. Wait a little and try again.";
  if (limit == "key-tokens-day")
    return "The tokens of this key are used up for the day. Try again later.";
  if (limit == "tokens-day") return "The tokens of this day are used up. Try again later.";
  if (limit == "site-tokens-day")
    return "This site has used up its tokens of the day. Try again later.";
  if (limit == "money-micros-day") return "The money of this day is used up. Try again later.";
  if (limit == "key-money-micros-day")
    return "The money of this key is used up for the day. Try again later.";
  if (limit == "site-money-micros-day")
    return "This site has used up its money of the day. Try again later.";
  if (limit == "site") return "Too many are asking here at once. Wait a little and try again.";
  return "Too many requests. Wait a little and try again.";
}

// A turn that no wait would ever let in.
Verdict too_much(std::string_view field, std::string_view reason, std::string_view limit) {
  return {.action = Action::kDeny,
          .code = ErrorCode::kInvalid,
          .rule = "limit.tokens",
          .reason = reason,
          .field = field,
          .evidence = std::string(limit)};
}

// How long a reply can be at most, and the limit that says so; nothing where its prompt alone is
// too much.
struct Room {
  std::optional<std::uint64_t> reply;
  std::string_view limit;
};

Room room_for(std::uint64_t prompt, const RateLimits& limits, const Principal& principal,
              const Price& price) {
  const auto tokens = limits.most_tokens(principal);
  const auto money = limits.most_money(principal);
  Room room{.reply = kMostTokens, .limit = {}};
  if (tokens.amount != 0) {
    if (prompt > tokens.amount) return {.reply = {}, .limit = tokens.name};
    room = {.reply = tokens.amount - prompt, .limit = tokens.name};
  }
  if (money.amount != 0) {
    if (price.of({.prompt = prompt, .reply = 0}) > money.amount)
      return {.reply = {}, .limit = money.name};
    const std::uint64_t reply = price.longest_reply(prompt, money.amount);
    if (reply < *room.reply) room = {.reply = reply, .limit = money.name};
  }
  return room;
}

}  // namespace

std::optional<Verdict> verdict_of(const RateCharges& charges, const RateOutcome& outcome,
                                  std::string& header_lines) {
  if (outcome.status != RateStatus::kDecided) {
    // A store in the process always decides; a fail mode before it decides for one that is away.
    return Verdict{.action = Action::kThrottle,
                   .code = ErrorCode::kUnavailable,
                   .rule = "limit.unknown",
                   .reason = "The server can't tell your limits at the moment. Try again shortly.",
                   .field = {},
                   .evidence = {},
                   .retry_after_s = 1};
  }
  header_lines.reserve(header_lines.size() + kHeaderLinesBytes);
  append_rate_limit_headers(header_lines, charges, outcome.decision);
  if (outcome.decision.is_admitted) [[likely]]
    return std::nullopt;
  const RateCharges::Label& worst = charges.labels()[outcome.decision.worst];
  return Verdict{.action = Action::kThrottle,
                 .code = ErrorCode::kRateLimited,
                 .score = static_cast<std::uint16_t>(worst.is_shared ? 0 : 100),
                 .rule = "limit.exceeded",
                 .reason = reason_of(worst.name),
                 .field = {},
                 .evidence = std::string(worst.name),
                 .retry_after_s = outcome.decision.retry_after_s};
}

// A reply that nobody has set a most for is guessed: the guess must not be what is refused.
std::expected<TokenCount, Verdict> tokens_to_reserve(const TokenEstimate& estimate,
                                                     const RateLimits& limits,
                                                     const Principal& principal,
                                                     const Price& price) {
  const auto [room, limit] = room_for(estimate.prompt, limits, principal, price);
  if (!room) {
    return std::unexpected(too_much(estimate.prompt_field,
                                    "This is longer than a whole budget allows. Send less at once.",
                                    limit));
  }
  const std::uint64_t choices = std::max<std::uint64_t>(estimate.choices, 1);
  if (estimate.reply && *estimate.reply > *room / choices) {
    return std::unexpected(too_much(
        estimate.reply_field,
        "So long an answer is more than a whole budget allows. Ask for a shorter one.", limit));
  }
  const std::uint64_t guess = std::uint64_t{limits.policy().tokens_reserved} * choices;
  TokenCount count{.prompt = estimate.prompt,
                   .reply = estimate.reply ? *estimate.reply * choices : std::min(*room, guess)};
  if (count.total() == 0) count.reply = 1;
  return count;
}

}  // namespace gatehouse::guard
