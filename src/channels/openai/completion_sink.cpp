#include "completion_sink.hpp"

#include "gatehouse/codec/openai_error.hpp"
#include "gatehouse/http/problem.hpp"

namespace gatehouse::channels {
CompletionSink::CompletionSink(async::Worker& worker, http::ResponseWriter& writer,
                               guard::ReplyScanner scanner, CompletionIdentity identity,
                               Terms terms)
    : worker_(worker),
      writer_(writer),
      scanner_(std::move(scanner)),
      terms_(terms),
      chunks_(identity, terms.wants_usage),
      whole_(std::move(identity)) {
  if (terms_.wants_stream) worker_.timers().arm(*this, worker_.now() + terms_.heartbeat);
}

void CompletionSink::expired() {
  start_stream();
  writer_.write(": ping\n\n");
  writer_.flush_now();
  worker_.timers().arm(*this, worker_.now() + terms_.heartbeat);
}

void CompletionSink::start_stream() {
  if (writer_.has_started()) return;
  http::ResponseHead head;
  head.headers.add_lines(
      "Content-Type: text/event-stream; charset=utf-8\r\n"
      "Cache-Control: no-cache, no-transform\r\n"
      "X-Accel-Buffering: no\r\n");
  writer_.start(head);
}

void CompletionSink::write_scanned(guard::ScanReceipt receipt, chat::ReplyEvent event) {
  const ScannedEvent scanned(std::move(receipt), std::move(event));
  if (terms_.wants_stream) {
    chunks_.write(scanned, out_);
  } else {
    whole_.take(scanned);
  }
}

void CompletionSink::push(chat::ReplyEvent event) {
  if (cut_) return;
  if (const auto* usage = std::get_if<chat::Usage>(&event)) usage_ = *usage;
  const chat::ForeignText text = chat::foreign_text_of(event);
  const std::uint64_t choice_bit = std::uint64_t{1} << (text.choice % 64);
  if (const auto* end = std::get_if<chat::ReplyEnd>(&event)) {
    open_choices_ &= ~(std::uint64_t{1} << (end->choice % 64));
  } else if (std::holds_alternative<chat::ReplyDelta>(event) ||
             std::holds_alternative<chat::ToolCallDelta>(event)) {
    open_choices_ |= choice_bit;
  }
  auto receipt = scanner_.scan({.choice = text.choice, .lane = text.lane, .pieces = text.pieces});
  if (!receipt) return cut_reply(std::move(receipt.error()));
  write_scanned(std::move(*receipt), std::move(event));
}

// Every choice that was open ends with the reason that clients know for it.
void CompletionSink::cut_reply(guard::Verdict verdict) {
  for (std::uint32_t choice = 0; choice < 64; ++choice) {
    if ((open_choices_ >> choice & 1) == 0) continue;
    write_scanned(scanner_.pass_without_text(),
                  chat::ReplyEnd{.choice = choice, .reason = chat::FinishReason::kContentFilter});
  }
  open_choices_ = 0;
  cut_ = std::move(verdict);
}

async::Task<Result<void>> CompletionSink::flush() {
  if (terms_.wants_stream && !out_.empty()) {
    start_stream();
    writer_.write(out_);
    out_.clear();
    auto flushed = co_await writer_.flush();
    if (!flushed) co_return flushed;
    disarm();
    worker_.timers().arm(*this, worker_.now() + terms_.heartbeat);
  }
  if (cut_) co_return std::unexpected(cut_->as_error());
  co_return Result<void>();
}

async::Task<void> CompletionSink::finish(const Result<void>& outcome) {
  disarm();
  const bool is_answered = outcome.has_value() || cut_.has_value();
  if (!terms_.wants_stream || (!writer_.has_started() && !is_answered)) {
    http::ResponseHead head;
    head.headers.add_lines("Content-Type: application/json\r\nCache-Control: no-store\r\n");
    if (is_answered) {
      writer_.send(head, whole_.write());
    } else {
      const Error& error = outcome.error();
      head.status = http::status_of(error.code);
      if (error.retry_after_ms > 0)
        head.headers.add("Retry-After", std::uint64_t{(error.retry_after_ms + 999) / 1000});
      writer_.send(head, codec::openai_error_json(error));
    }
    co_return;
  }
  start_stream();
  if (!is_answered) ChunkWriter::write_error(codec::openai_error_json(outcome.error()), out_);
  chunks_.write_done(out_);
  writer_.write(out_);
  writer_.finish();
}

}  // namespace gatehouse::channels
