#include "completion_sink.hpp"

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/openai_error.hpp"
#include "gatehouse/codec/sse.hpp"
#include "gatehouse/http/problem.hpp"

namespace gatehouse::channels {
namespace {

std::variant<WholeWriter, ChunkWriter> form_of(CompletionIdentity identity,
                                               const CompletionSink::Terms& terms) {
  if (terms.wants_stream) return ChunkWriter(std::move(identity), terms.wants_usage);
  return WholeWriter(std::move(identity));
}

}  // namespace

CompletionSink::CompletionSink(async::Worker& worker, http::ResponseWriter& writer,
                               guard::ReplyScanner scanner, CompletionIdentity identity,
                               chat::Spending spending, Terms terms)
    : worker_(worker),
      writer_(writer),
      reply_(std::move(scanner), *this),
      terms_(terms),
      form_(form_of(std::move(identity), terms)),
      spending_(std::move(spending)) {
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
  head.headers.add_lines(codec::kSseHeaderLines);
  writer_.start(head);
}

void CompletionSink::write(ScannedEvent&& event) {
  if (auto* chunks = std::get_if<ChunkWriter>(&form_)) {
    chunks->write(event, out_);
  } else {
    std::get<WholeWriter>(form_).take(std::move(event));
  }
}

// A stream that has begun already can't tell it any more.
void CompletionSink::tell_cache(const chat::ReplyStart& start) {
  if (start.cache == chat::CacheOutcome::kNone || writer_.has_started()) return;
  if (start.cache == chat::CacheOutcome::kMiss)
    return writer_.add_header_lines("X-Gatehouse-Cache: miss\r\n");
  std::string lines = "X-Gatehouse-Cache: hit\r\nAge: ";
  append_number(lines, start.age_s);
  writer_.add_header_lines(lines += "\r\n");
}

void CompletionSink::push(chat::ReplyEvent&& event) {
  has_begun_ = true;
  if (const auto* start = std::get_if<chat::ReplyStart>(&event)) tell_cache(*start);
  const bool goes_on = spending_.take(event);
  reply_.push(std::move(event));
  if (!goes_on) reply_.end_early(spending_.usage());
}

async::Task<Result<void>> CompletionSink::flush() {
  const bool is_first = has_begun_ && !writer_.has_started();
  if (terms_.wants_stream && (is_first || !out_.empty())) {
    start_stream();
    writer_.write(out_);
    out_.clear();
    auto flushed = co_await writer_.flush();
    if (!flushed) co_return flushed;
    disarm();
    worker_.timers().arm(*this, worker_.now() + terms_.heartbeat);
  }
  if (reply_.cut()) co_return std::unexpected(reply_.cut()->as_error());
  if (spending_.is_used_up()) co_return chat::used_up();
  co_return Result<void>();
}

async::Task<void> CompletionSink::finish(const Result<void>& outcome) {
  disarm();
  reply_.finish();
  const bool is_answered =
      outcome.has_value() || reply_.cut().has_value() || spending_.is_used_up();
  if (!is_answered && !writer_.has_started())
    co_return http::send_openai_error(writer_, outcome.error());
  if (auto* whole = std::get_if<WholeWriter>(&form_)) {
    http::ResponseHead head;
    head.headers.add_lines("Content-Type: application/json\r\nCache-Control: no-store\r\n");
    co_return writer_.send(head, whole->write());
  }
  start_stream();
  if (!is_answered) ChunkWriter::write_error(codec::openai_error_json(outcome.error()), out_);
  std::get<ChunkWriter>(form_).write_done(out_);
  writer_.write(out_);
  writer_.finish();
}

}  // namespace gatehouse::channels
