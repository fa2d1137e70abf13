#include "socket.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::channels {
namespace {

using codec::WebSocketOpcode;
using telemetry::Counter;
using InputKind = codec::WebSocketEvent::Kind;
namespace close_code = codec::close_code;

constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kTurnBytes = 64 * 1024;  // read before others have their turn
constexpr std::size_t kOutBytes = 64 * 1024;   // waiting to be written; no more is begun above
constexpr Duration kTermsCheck = std::chrono::seconds(5);

}  // namespace

Socket::Socket(const WebSocketParts& parts, codec::JsonReader& reader, SocketOpening opening,
               const std::optional<codec::WebSocketDeflate>& deflate, http::Upgraded upgraded)
    : parts_(parts),
      json_(reader),
      opening_(std::move(opening)),
      stream_(*upgraded.stream),
      wake_(parts.worker),
      reader_(parts.settings.limits, deflate),
      followed_(parts.worker, parts.reception, parts.settings.queue_bytes, *this),
      received_(std::move(upgraded.received)),
      next_ping_(parts.worker.in(parts.settings.ping_interval)),
      next_check_(parts.worker.in(kTermsCheck)),
      lifetime_(parts.worker.in(parts.settings.lifetime)),
      idle_(parts.worker.in(parts.settings.idle_timeout)) {
  if (deflate) deflater_.emplace(*deflate);
  parts_.counters.add(Counter::kSocketsOpened);
  stream_.observe_input(this);
}

Socket::~Socket() {
  stream_.observe_input(nullptr);
  parts_.counters.add(Counter::kSocketsClosed);
  if (!is_closing_) note_close(close_code::kNone);
}

async::Task<void> Socket::run(async::Cancellation& draining) {
  const async::Cancellation::Watch restarting(draining, [this] {
    is_restarting_ = true;
    wake_.set();
  });
  while (!is_over_) {
    wake_.reset();
    co_await read_input();
    collect_events();
    keep_time();
    if (!out_.empty()) co_await flush();
    if (is_over_ || is_closing_) break;
    if (has_more_input_) {
      co_await yield();
      continue;
    }
    if (!has_more_events_) co_await wake_.wait(next_deadline());
  }
}

void Socket::break_off() {
  out_.clear();
  close(close_code::kInternal, "Something went wrong here. Come back with the last event id.");
  stream_.try_write(out_);
}

// Lets the worker's other connections have their turn.
async::Task<void> Socket::yield() {
  async::Signal turn(parts_.worker);
  parts_.worker.post([&turn] { turn.set(); });
  co_await turn.wait(Deadline::never());
}

async::Task<void> Socket::read_input() {
  std::size_t taken_bytes = 0;
  has_more_input_ = false;
  codec::WebSocketEvent event;
  while (!is_over_ && !is_closing_) {
    // Whoever doesn't read what was said says nothing more.
    const bool must_wait = out_.size() >= kOutBytes || taken_bytes >= kTurnBytes;
    if (must_wait) {
      has_more_input_ = true;
      break;
    }
    const Input input = next_input(event, taken_bytes);
    if (input == Input::kNothing) break;
    if (input == Input::kMore) continue;
    if (event.kind == InputKind::kText && !is_too_fast()) {
      co_await obey(event.payload);
    } else {
      receive(event);
    }
  }
}

Socket::Input Socket::next_input(codec::WebSocketEvent& event, std::size_t& taken_bytes) {
  std::string_view rest = std::string_view(received_).substr(used_);
  const bool is_whole = reader_.next(rest, event);
  used_ = received_.size() - rest.size();
  if (is_whole) return Input::kMessage;
  std::array<char, kReadBytes> piece;
  const net::IoResult io = stream_.try_read(piece);
  used_ = 0;
  if (io.kind == net::IoResult::Kind::kDone) {
    received_.assign(piece.data(), io.bytes);
    taken_bytes += io.bytes;
    return Input::kMore;
  }
  received_ = std::string();  // an idle socket holds no buffer
  if (io.kind != net::IoResult::Kind::kBlocked) is_over_ = true;
  return Input::kNothing;
}

// All but texts, which may have to wait.
void Socket::receive(const codec::WebSocketEvent& event) {
  switch (event.kind) {
    case InputKind::kBinary:
      return close(close_code::kUnsupported, "Only text is spoken here.");
    case InputKind::kPing:
      if (is_too_fast()) return;
      return codec::append_websocket_frame(out_, WebSocketOpcode::kPong, event.payload);
    case InputKind::kPong:
      pong_due_ = Deadline::never();
      is_too_fast();
      return;
    case InputKind::kFault:
      return close(event.code, event.payload);
    case InputKind::kClose:
      note_close(close_code::kNormal);
      is_closing_ = true;
      if (event.code == close_code::kNone) {
        codec::append_websocket_frame(out_, WebSocketOpcode::kClose, {});
      } else {
        codec::append_websocket_close(out_, event.code, {});
      }
      return;
    case InputKind::kText:
      return;
  }
}

// True: it was closed for it.
bool Socket::is_too_fast() {
  const TimePoint now = parts_.worker.now();
  if (now - second_began_ >= std::chrono::seconds(1)) {
    second_began_ = now;
    in_second_ = 0;
  }
  if (++in_second_ <= parts_.settings.messages_per_second) return false;
  close(close_code::kPolicy, "Too many messages in one second.");
  return true;
}

void Socket::collect_events() {
  has_more_events_ = false;
  if (is_over_ || is_closing_) return;
  if (followed_.is_overrun()) {
    parts_.counters.add(Counter::kSlowStreamsClosed);
    return close(close_code::kTryAgainLater,
                 "You were reading too slowly. Come back with the last event id.");
  }
  FollowedEvent event;
  while (out_.size() < kOutBytes && followed_.next(event)) {
    std::string text;
    JsonWriter(text)
        .begin_object()
        .member("type", event.item->name)
        .member("id", std::string(event.epoch) + "-" + std::to_string(event.item->offset))
        .member("conversation_id", event.conversation_id)
        .key("data")
        .raw(event.item->data)
        .end_object();
    send(text);
  }
  has_more_events_ = out_.size() >= kOutBytes;
  for (auto id = followed_.take_ended(); !id.empty(); id = followed_.take_ended())
    send_notice("closing", id, {}, "The conversation is no longer here.");
}

void Socket::keep_time() {
  if (is_over_ || is_closing_) return;
  const TimePoint now = parts_.worker.now();
  if (is_restarting_)
    return close(close_code::kGoingAway, "The server is restarting. Come back in a moment.");
  if (lifetime_.has_passed(now))
    return close(close_code::kGoingAway, "This connection is as old as connections get.");
  if (!followed_.is_empty()) idle_ = parts_.worker.in(parts_.settings.idle_timeout);
  if (idle_.has_passed(now))
    return close(close_code::kGoingAway, "Nothing was said for a long time.");
  if (pong_due_.has_passed(now)) return close(close_code::kGoingAway, "A ping was not answered.");
  if (next_check_.has_passed(now)) check_terms();
  if (is_closing_ || !next_ping_.has_passed(now)) return;
  next_ping_ = parts_.worker.in(parts_.settings.ping_interval);
  pong_due_ = parts_.worker.in(parts_.settings.pong_timeout);
  codec::append_websocket_frame(out_, WebSocketOpcode::kPing, {});
}

void Socket::check_terms() {
  next_check_ = parts_.worker.in(kTermsCheck);
  if (!parts_.live_principals.is_alive(opening_.principal))
    return close(close_code::kPolicy, "The session has ended.");
  if (parts_.guards.is_banned(opening_.client))
    return close(close_code::kPolicy, "Your network address is kept out for a time.");
}

Deadline Socket::next_deadline() const {
  return next_ping_.earlier(pong_due_).earlier(next_check_).earlier(lifetime_).earlier(idle_);
}

void Socket::close(std::uint16_t code, std::string_view reason) {
  if (is_closing_) return;
  is_closing_ = true;
  note_close(code);
  codec::append_websocket_close(out_, code, reason);
}

void Socket::note_close(std::uint16_t code) {
  const auto counter = [code] {
    switch (code) {
      case close_code::kNormal:
        return Counter::kSocketClosesNormal;
      case close_code::kGoingAway:
        return Counter::kSocketClosesGoingAway;
      case close_code::kPolicy:
        return Counter::kSocketClosesPolicy;
      case close_code::kTooBig:
        return Counter::kSocketClosesTooBig;
      case close_code::kInternal:
        return Counter::kSocketClosesInternal;
      case close_code::kTryAgainLater:
        return Counter::kSocketClosesTooSlow;
      case close_code::kNone:
        return Counter::kSocketClosesLost;
      default:
        return Counter::kSocketClosesProtocol;
    }
  }();
  parts_.counters.add(counter);
}

async::Task<void> Socket::flush() {
  std::size_t sent = 0;
  while (sent < out_.size()) {
    const net::IoResult io = stream_.try_write(std::string_view(out_).substr(sent));
    if (io.kind == net::IoResult::Kind::kDone) {
      sent += io.bytes;
      continue;
    }
    is_over_ = io.kind != net::IoResult::Kind::kBlocked;
    if (!is_over_) {
      const auto wake =
          co_await stream_.wait_writable(parts_.worker.in(parts_.settings.write_timeout));
      is_over_ = wake == async::Wake::kTimedOut;
    }
    if (is_over_) break;
  }
  out_ = std::string();
}

}  // namespace gatehouse::channels
