#include "turn.hpp"

#include <exception>

namespace gatehouse::chat {
namespace {

using telemetry::Counter;

// How often a reply is saved while it is written: what a crash can take of it.
constexpr auto kSaveInterval = std::chrono::seconds(1);

// What a backend finds wrong with the question it was asked is the house's affair, not the
// visitor's.
Error for_visitor(const Error& error) {
  const bool is_about_request = error.code == ErrorCode::kInvalid ||
                                error.code == ErrorCode::kNotFound ||
                                error.code == ErrorCode::kUnauthenticated;
  if (!is_about_request) return error;
  return {.code = ErrorCode::kUpstreamFailed,
          .client_message = "The answering service failed. Try again in a moment.",
          .log_message = std::string(error.for_log())};
}

}  // namespace

Turn::Turn(TurnParts parts, std::shared_ptr<ConversationStream> stream, guard::ReplyScanner scanner,
           Prompt prompt, std::string reply_id, guard::BudgetReservation budget)
    : parts_(parts),
      stream_(std::move(stream)),
      reply_(std::move(scanner), *this),
      prompt_(std::move(prompt)),
      reply_id_(std::move(reply_id)),
      decided_(parts.worker),
      spending_(std::move(budget), prompt_),
      saved_at_(parts.worker.now()),
      first_offset_(stream_->last_offset()) {}

void Turn::accept(StreamItem accepted) {
  is_accepted_ = true;
  stream_->append(std::move(accepted));
  for (auto& item : held_) stream_->append(std::move(item));
  held_.clear();
  decided_.set();
}

void Turn::reject() {
  is_rejected_ = true;
  cancellation_.cancel();
  decided_.set();
}

void Turn::end(TurnEnd why) {
  if (ended_ == TurnEnd::kNone) ended_ = why;
  cancellation_.cancel();
}

void Turn::leave_alone(Duration grace) {
  parts_.worker.timers().arm(*this, parts_.worker.now() + grace);
}

void Turn::show(StreamItem item) {
  if (is_accepted_) {
    stream_->append(std::move(item));
  } else {
    held_.push_back(std::move(item));
  }
}

void Turn::keep(const ReplyEvent& event) {
  if (const auto* delta = std::get_if<ReplyDelta>(&event)) {
    if (delta->lane != Lane::kReasoning) text_ += delta->text;
  } else if (const auto* citation = std::get_if<Citation>(&event)) {
    citations_.push_back(*citation);
  } else if (const auto* usage = std::get_if<Usage>(&event)) {
    usage_json_ = encode_usage(*usage);
  }
}

void Turn::push(ReplyEvent&& event) {
  const bool goes_on = spending_.take(event);
  if (is_rejected_) return;
  reply_.push(std::move(event));
  if (!goes_on) reply_.end_early(spending_.usage());
}

void Turn::write(guard::Scanned<ReplyEvent>&& event) {
  if (const auto* end_event = std::get_if<ReplyEnd>(&*event)) {
    // Shown when the reply is on disk, by conclude().
    if (!finish_reason_) finish_reason_ = end_event->reason;
    return;
  }
  keep(*event);
  show(encode_event(event, reply_id_));
}

async::Task<Result<void>> Turn::flush() {
  if (reply_.cut()) co_return std::unexpected(reply_.cut()->as_error());
  if (spending_.is_used_up()) co_return used_up();
  if (cancellation_.is_cancelled()) co_return fail(ErrorCode::kCancelled, "The reply was stopped.");
  const bool is_due =
      parts_.worker.now() - saved_at_ >= kSaveInterval && text_.size() > saved_bytes_;
  if (is_accepted_ && is_due) co_await save_progress();
  co_return Result<void>();
}

async::Task<void> Turn::save_progress() {
  saved_at_ = parts_.worker.now();
  saved_bytes_ = text_.size();
  const auto saved = co_await save(stored(MessageStatus::kStreaming, {}));
  if (!saved)
    parts_.log.warning("STORE_FAILED", saved.error().for_log(), {{"reply_id", reply_id_}});
}

StoredReply Turn::stored(MessageStatus status, std::string_view finish_reason) const {
  const WallTime now = parts_.worker.clock().wall();
  return {.site = prompt_.site,
          .conversation_id = prompt_.conversation_id,
          .reply_id = reply_id_,
          .text = text_,
          .status = status,
          .finish_reason = std::string(finish_reason),
          .citations = citations_,
          .usage_json = usage_json_,
          .now = now,
          .expires_at = now + std::chrono::duration_cast<std::chrono::milliseconds>(
                                  parts_.conversation_lifetime)};
}

async::Task<Result<void>> Turn::save(StoredReply reply) {
  co_return co_await parts_.conversations.save_reply(parts_.worker, std::move(reply));
}

async::Task<void> Turn::run() {
  parts_.counters.add(Counter::kTurnsStarted);
  Exchange exchange{.cancellation = cancellation_,
                    .deadline = parts_.worker.in(parts_.total_timeout)};
  Result<void> outcome =
      fail(ErrorCode::kInternal, "Something went wrong here. Try again.", "the responder threw");
  try {
    outcome = co_await parts_.responder.answer(prompt_, *this, exchange);
  } catch (const std::exception& exception) {
    outcome.error().log_message +=
        std::string(": ") + exception.what();  // a bug: the turn still ends well
  }
  reply_.finish();
  spending_.settle(exchange, outcome);
  while (!is_accepted_ && !is_rejected_) co_await decided_.wait(Deadline::never());
  disarm();
  if (!is_rejected_) co_await conclude(outcome);
}

async::Task<void> Turn::conclude(const Result<void>& outcome) {
  MessageStatus status = MessageStatus::kComplete;
  std::string_view reason = name_of(finish_reason_.value_or(FinishReason::kStop));
  std::string_view budget;
  std::optional<Error> shown_error;
  Counter counter = Counter::kTurnsCompleted;
  if (ended_ == TurnEnd::kShutdown && !outcome) {
    status = MessageStatus::kInterrupted;
    shown_error = Error{.code = ErrorCode::kUnavailable,
                        .client_message = "The server is restarting. Ask again in a moment."};
    counter = Counter::kTurnsFailed;
  } else if (ended_ != TurnEnd::kNone && !outcome) {
    status = MessageStatus::kStopped;
    reason = name_of(FinishReason::kStopped);
    counter = Counter::kTurnsStopped;
  } else if (reply_.cut()) {
    reason = name_of(FinishReason::kContentFilter);
  } else if (spending_.is_used_up()) {
    reason = name_of(FinishReason::kLength);
    budget = spending_.cut_by();
    spending_.note_cut(parts_.log, parts_.counters);
  } else if (!outcome) {
    status = MessageStatus::kFailed;
    shown_error = for_visitor(outcome.error());
    counter = Counter::kTurnsFailed;
    parts_.log.warning("REPLY_FAILED", outcome.error().for_log(),
                       {{"request_id", prompt_.request_id},
                        {"responder", parts_.responder.name()},
                        {"code", name_of(outcome.error().code)}});
  }
  reply_.scanner().log_findings(parts_.log, parts_.counters, prompt_.request_id);
  parts_.counters.add(counter);
  parts_.counters.add(Counter::kPromptTokens, spending_.meter().prompt_tokens());
  parts_.counters.add(Counter::kCompletionTokens, spending_.meter().completion_tokens());
  const auto saved =
      co_await save(stored(status, shown_error ? std::string_view("error") : reason));
  if (!saved) {
    parts_.log.error("STORE_FAILED", saved.error().for_log(), {{"reply_id", reply_id_}});
    shown_error =
        Error{.code = ErrorCode::kUnavailable, .client_message = "The reply could not be saved."};
  }
  show(shown_error ? encode_error(reply_id_, *shown_error) : encode_end(reply_id_, reason, budget));
}

}  // namespace gatehouse::chat
