// What a message says: injection, markup, code and spam, by the rules and their weights.
#include <algorithm>

#include "gatehouse/base/utf8.hpp"
#include "gatehouse/guard/message_guards.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::string_view kReason =
    "The message was not let in: it looks like an attempt to misuse the assistant. Say it in "
    "other words.";

class ContentGuard final : public MessageGuard {
 public:
  ContentGuard(std::unique_ptr<MessageAnalyzer> analyzer, FloodTable* flood, const Clock* clock)
      : analyzer_(std::move(analyzer)), flood_(flood), clock_(clock) {}

  Verdict check(const MessageView& message, const Policy& policy) noexcept override {
    const auto text = whole_characters(message.text, message.scan_bytes);
    const auto findings = analyzer_->read(text, message.origin, policy.observed_rules);
    if (findings.confidence >= policy.deny_at) return judge(findings, message, policy);
    if (auto flood = judge_flood(findings, message, policy); flood.action != Action::kAllow)
      return flood;
    if (findings.confidence >= policy.flag_at) return judge(findings, message, policy);
    if (text.size() < message.text.size()) {
      return {.action = Action::kUnscanned,
              .code = ErrorCode::kTooLarge,
              .rule = "message.unscanned",
              .reason = "There is more text than can be checked. Send less of it.",
              .field = message.field,
              .evidence = std::to_string(message.text.size() - text.size()) + " bytes"};
    }
    if (!analyzer_->observed_hits().empty()) [[unlikely]]
      return observe(analyzer_->observed_hits().front(), message);
    return {};
  }

 private:
  static Verdict judge(const MessageFindings& findings, const MessageView& message,
                       const Policy& policy) {
    const bool is_refused = findings.confidence >= policy.deny_at && policy.enforces;
    Verdict verdict{.action = is_refused ? Action::kDeny : Action::kFlag,
                    .code = ErrorCode::kContentBlocked,
                    .score = findings.confidence,
                    .rule = findings.rule,
                    .reason = kReason,
                    .field = message.field,
                    .evidence = findings.is_hidden ? "hidden: " : ""};
    verdict.evidence += findings.evidence;
    return verdict;
  }

  // Short phrases and what a widget suggests are said by many: only long texts count across
  // senders.
  Verdict judge_flood(const MessageFindings& findings, const MessageView& message,
                      const Policy& policy) {
    if (flood_ == nullptr || message.sender.empty() || findings.words < kLeastWords) return {};
    const auto counts = flood_->add(message.sender, findings.similarity, clock_->now());
    const bool is_long = findings.words >= kLeastLongWords;
    const std::uint32_t senders = is_long ? counts.senders : 0;
    if (counts.own < kOwnMost && senders < kSendersNoted) return {};
    const bool is_over = counts.own >= kOwnMost || senders >= kSendersMost;
    return {.action = is_over && policy.enforces ? Action::kThrottle : Action::kFlag,
            .code = ErrorCode::kRateLimited,
            .score = 300,
            .rule = counts.own >= kOwnMost ? "spam.repeated" : "spam.many_senders",
            .reason = "The same message came too often. Wait a little before you send it again.",
            .field = message.field,
            .evidence = std::to_string(std::max(counts.own, senders)) + " near-duplicates",
            .retry_after_s = kRetryAfterSeconds};
  }

  static Verdict observe(const ObservedHit& hit, const MessageView& message) {
    return {.action = Action::kFlag,
            .code = ErrorCode::kContentBlocked,
            .rule = hit.rule,
            .reason = kReason,
            .field = message.field,
            .evidence = std::string(hit.evidence)};
  }

  static constexpr std::uint32_t kLeastWords = 4;
  static constexpr std::uint32_t kLeastLongWords = 12;
  static constexpr std::uint32_t kOwnMost = 5;  // the sixth of a minute waits
  static constexpr std::uint32_t kSendersNoted = 10;
  static constexpr std::uint32_t kSendersMost = 30;
  static constexpr std::uint32_t kRetryAfterSeconds = 30;

  const std::unique_ptr<MessageAnalyzer> analyzer_;
  FloodTable* const flood_;
  const Clock* const clock_;
};

}  // namespace

Result<std::unique_ptr<MessageGuard>> make_content_guard(const MessageGuardParts& parts) {
  auto analyzer = MessageAnalyzer::make(parts.rules);
  if (!analyzer) return std::unexpected(analyzer.error());
  return std::make_unique<ContentGuard>(std::move(*analyzer), parts.flood, parts.clock);
}

}  // namespace gatehouse::guard
