#include "event_stream.hpp"

#include "gatehouse/codec/sse.hpp"

namespace gatehouse::channels {
namespace {

using telemetry::Counter;

// Asks clients to wait before they reconnect; spread so that they don't all come back at once after
// a restart.
constexpr std::uint64_t kRetryFromMs = 500;
constexpr std::uint64_t kRetrySpreadMs = 1500;
// How long a stream may go on after its session has ended.
constexpr Duration kSessionCheck = std::chrono::seconds(5);

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

// Why the stream ends before what it follows does; empty while it goes on.
std::string_view EventStream::reason_to_close(TimePoint now, Deadline lifetime) const {
  if (subscription_->is_overrun()) return "You were reading too slowly.";
  if (subscription_->has_ended() || writer_.draining().is_cancelled())
    return "The server is restarting.";
  if (!parts_.live_principals.is_alive(principal_)) return "The session has ended.";
  if (lifetime.has_passed(now)) return "This stream is as old as streams get.";
  return {};
}

async::Task<void> EventStream::run(Until until) {
  begin();
  parts_.counters.add(Counter::kStreamsOpened);
  const async::Cancellation::Watch left(writer_.client_left(),
                                        [this] { subscription_->changed().set(); });
  const async::Cancellation::Watch draining(writer_.draining(),
                                            [this] { subscription_->changed().set(); });
  const Deadline lifetime = parts_.worker.in(parts_.settings.stream_lifetime);
  Deadline heartbeat = parts_.worker.in(parts_.settings.heartbeat);
  bool is_over = !subscription_->begin_notice.empty() && until == Until::kReplyEnds;
  while (!is_over) {
    is_over = write_queued(until);
    const TimePoint now = parts_.worker.now();
    if (const auto reason = reason_to_close(now, lifetime); !is_over && !reason.empty()) {
      if (subscription_->is_overrun()) parts_.counters.add(Counter::kSlowStreamsClosed);
      write_closing(reason);
      is_over = true;
    }
    if (out_.empty() && heartbeat.has_passed(now)) out_ = ": heartbeat\n\n";
    if (!out_.empty()) {
      heartbeat = parts_.worker.in(parts_.settings.heartbeat);
      writer_.write(out_);
      out_.clear();
      const auto flushed = co_await writer_.flush();
      if (!flushed) break;
    }
    if (is_over || writer_.client_left().is_cancelled()) break;
    co_await subscription_->changed().wait(heartbeat.earlier(parts_.worker.in(kSessionCheck)));
    if (writer_.client_left().is_cancelled()) break;
  }
  parts_.counters.add(Counter::kStreamsClosed);
  writer_.finish();
}

}  // namespace gatehouse::channels
