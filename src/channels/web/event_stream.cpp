#include "event_stream.hpp"

#include "gatehouse/codec/sse.hpp"

namespace gatehouse::channels {
namespace {

using telemetry::Counter;

// Asks clients to wait before they reconnect; spread so that they don't all come back at once after
// a restart.
constexpr std::uint64_t kRetryFromMs = 500;
constexpr std::uint64_t kRetrySpreadMs = 1500;

}  // namespace

void EventStream::begin() {
  http::ResponseHead head;
  head.headers.add_lines(codec::kSseHeaderLines);
  writer_.start(head);
  last_offset_ = subscription_->joined_at;
  out_ = "retry: " + std::to_string(kRetryFromMs + parts_.random.below(kRetrySpreadMs)) + "\n\n";
  if (!subscription_->begin_notice.empty()) {
    const auto notice = chat::encode_notice("reset", subscription_->begin_notice);
    codec::append_sse_event(out_, id_of(last_offset_), notice.name, notice.data);
  }
}

// True when the reply that was asked for has ended.
bool EventStream::write_queued(Until until) {
  chat::SharedItem item;
  while (subscription_->take(item)) {
    last_offset_ = item->offset;
    codec::append_sse_event(out_, id_of(item->offset), item->name, item->data);
    if (item->ends_reply && until == Until::kReplyEnds) return true;
  }
  return false;
}

void EventStream::write_closing(std::string_view reason) {
  const auto notice = chat::encode_notice("closing", reason);
  codec::append_sse_event(out_, id_of(last_offset_), notice.name, notice.data);
}

async::Task<void> EventStream::run(Until until) {
  begin();
  parts_.counters.add(Counter::kStreamsOpened);
  const async::Cancellation::Watch left(writer_.client_left(),
                                        [this] { subscription_->changed().set(); });
  const async::Cancellation::Watch draining(writer_.draining(),
                                            [this] { subscription_->changed().set(); });
  const Deadline lifetime = parts_.worker.in(parts_.settings.stream_lifetime);
  bool is_over = !subscription_->begin_notice.empty() && until == Until::kReplyEnds;
  while (!is_over) {
    is_over = write_queued(until);
    if (!is_over && subscription_->is_overrun()) {
      parts_.counters.add(Counter::kSlowStreamsClosed);
      write_closing("You were reading too slowly.");
      is_over = true;
    } else if (!is_over && (subscription_->has_ended() || writer_.draining().is_cancelled())) {
      write_closing("The server is restarting.");
      is_over = true;
    } else if (!is_over && lifetime.has_passed(parts_.worker.now())) {
      write_closing("This stream is as old as streams get.");
      is_over = true;
    }
    if (!out_.empty()) {
      writer_.write(out_);
      out_.clear();
      const auto flushed = co_await writer_.flush();
      if (!flushed) break;
    }
    if (is_over || writer_.client_left().is_cancelled()) break;
    const auto wake =
        co_await subscription_->changed().wait(parts_.worker.in(parts_.settings.heartbeat));
    if (writer_.client_left().is_cancelled()) break;
    if (wake == async::Wake::kTimedOut) out_ = ": heartbeat\n\n";
  }
  parts_.counters.add(Counter::kStreamsClosed);
  if (!out_.empty()) writer_.write(out_);
  writer_.finish();
}

}  // namespace gatehouse::channels
