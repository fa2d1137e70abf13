// What becomes of an event.
#include <unordered_map>

#include "answering.hpp"
#include "chat_turns.hpp"

namespace gatehouse::channels::line {
namespace {

constexpr std::uint32_t kAgainMs = 3000;

// Who was told already that it is too much: a chat that goes on is not answered each time.
class ToldOnce {
 public:
  bool should_tell(const std::string& chat, TimePoint now) {
    if (told_.size() >= kMost)
      std::erase_if(told_, [now](const auto& entry) { return entry.second <= now; });
    const auto known = told_.find(chat);
    if (known != told_.end() && known->second > now) return false;
    if (told_.size() < kMost) told_.insert_or_assign(chat, now + kQuiet);
    return true;
  }

 private:
  static constexpr Duration kQuiet = std::chrono::minutes(1);
  static constexpr std::size_t kMost = 10'000;
  std::unordered_map<std::string, TimePoint> told_;
};

class AnswerJob final : public jobs::JobHandler {
 public:
  explicit AnswerJob(SharedParts parts)
      : parts_(std::move(parts)), api_(*parts_), turns_(parts_->worker) {}

  async::Task<Result<jobs::JobResult>> run(jobs::JobContext& context) override {
    const auto event = read_event(context.payload());
    if (!event) co_return std::unexpected(event.error());
    Answering answering(*parts_, api_, context, *event);
    const auto was_refused = co_await refuse(*event, context, answering);
    if (!was_refused) co_return std::unexpected(was_refused.error());
    if (*was_refused) co_return jobs::JobResult();
    const bool has_entered = co_await turns_.enter(event->chat_id, context.cancellation());
    if (!has_entered) {
      Error busy{.code = ErrorCode::kUnavailable,
                 .client_message = "Messages before this one are still being answered."};
      busy.retry_after_ms = kAgainMs;
      co_return std::unexpected(std::move(busy));
    }
    const auto handled = co_await choose(*event, answering);
    turns_.leave(event->chat_id);
    if (!handled) co_return std::unexpected(handled.error());
    co_return jobs::JobResult();
  }

 private:
  // Limits and guard come before its turn: who sends more than there are turns is counted too.
  // True: it was refused, and that was said if it is to be.
  async::Task<Result<bool>> refuse(const Event& event, const jobs::JobContext& context,
                                   Answering& answering) {
    if (event.wants_answer() && context.job().fence == 1 && is_too_much(event, answering)) {
      if (!told_.should_tell(event.chat_id, parts_->worker.now())) co_return true;
      const auto said = co_await answering.say(Text::kTooMany);
      if (!said) co_return std::unexpected(said.error());
      co_return true;
    }
    if (!event.asks_something()) co_return false;
    std::string reason = answering.refusal();
    if (reason.empty()) co_return false;
    const auto said = co_await answering.say(std::move(reason));
    if (!said) co_return std::unexpected(said.error());
    co_return true;
  }

  // What is to be done; the caller awaits it.
  async::Task<Result<void>> choose(const Event& event, Answering& answering) {
    switch (event.kind) {
      case EventKind::kText:
        return event.asks_something() ? answering.answer() : answering.say(Text::kJoined);
      case EventKind::kSticker:
        return event.asks_something() ? answering.answer() : answering.say(Text::kSticker);
      case EventKind::kLocation:
        return event.asks_something() ? answering.answer() : answering.say(Text::kLocation);
      case EventKind::kImage:
        return answering.say(Text::kImage);
      case EventKind::kFile:
        return answering.say(Text::kFile);
      case EventKind::kAudio:
        return answering.say(Text::kAudio);
      case EventKind::kVideo:
        return answering.say(Text::kVideo);
      case EventKind::kJoin:
        return answering.say(Text::kJoined);
      case EventKind::kPostback:
        return answering.show_answer();
      case EventKind::kUnsend:
        return answering.forget_message();
      // Nothing can be said there any more, so nothing is kept of it.
      case EventKind::kUnfollow:
      case EventKind::kLeave:
        return answering.forget_conversation();
      // LINE greets new friends itself, in the words of its console.
      case EventKind::kFollow:
      case EventKind::kOther:
        return nothing();
    }
    return nothing();
  }
  static async::Task<Result<void>> nothing() { co_return Result<void>(); }

  bool is_too_much(const Event& event, const Answering& answering) {
    const Principal group = principal_of(parts_->settings.site, event.chat_id);
    return parts_->guards.charge_channel(answering.caller(), event.is_in_group ? &group : nullptr)
        .has_value();
  }

  const SharedParts parts_;
  LineApi api_;
  ChatTurns turns_;
  ToldOnce told_;
};

}  // namespace

std::unique_ptr<jobs::JobHandler> make_answer_job(SharedParts parts) {
  return std::make_unique<AnswerJob>(std::move(parts));
}

}  // namespace gatehouse::channels::line
