#include "connection.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace gatehouse::server {
namespace {

using net::IoResult;

constexpr std::size_t kBufferBytes = 16 * 1024;
constexpr std::size_t kMaxPipelinedBytes = 64 * 1024;
constexpr std::size_t kLingerBytes = 256 * 1024;
constexpr auto kLingerTimeout = std::chrono::seconds(2);
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

std::string BufferPool::take() {
  if (free_.empty()) {
    std::string fresh;
    fresh.reserve(kBufferBytes);
    return fresh;
  }
  std::string buffer = std::move(free_.back());
  free_.pop_back();
  return buffer;
}

void BufferPool::give(std::string buffer) {
  if (free_.size() >= kKept || buffer.capacity() < kBufferBytes ||
      buffer.capacity() > 4 * kBufferBytes)
    return;
  buffer.clear();
  free_.push_back(std::move(buffer));
}

Connection::Connection(ConnectionContext& context, std::unique_ptr<net::ByteStream> stream,
                       net::Endpoint peer, Terms terms)
    : context_(context),
      stream_(std::move(stream)),
      peer_(peer),
      terms_(terms),
      opened_at_(context.worker.now()),
      writer_(context.worker, *stream_, context.limits, context.counters, context.date) {}

async::Task<void> Connection::run() {
  bool goes_on = true;
  while (goes_on) {
    const HeadOutcome outcome = co_await read_head();
    if (outcome == HeadOutcome::kEnded) break;
    if (outcome == HeadOutcome::kReady) co_await answer();
    const auto flushed = co_await writer_.flush();
    goes_on = flushed && outcome == HeadOutcome::kReady && writer_.is_complete() &&
              writer_.keeps_alive() && !is_draining_;
    if (!goes_on && flushed) co_await linger();
  }
  release_input();
  stream_->close();
}

// False at the end of input, on failure, or when the deadline passes.
async::Task<bool> Connection::fill(Deadline deadline) {
  while (true) {
    if (in_.empty() && in_.capacity() < kBufferBytes) in_ = context_.buffers.take();
    if (used_ == in_.size()) {
      in_.clear();
      used_ = 0;
    }
    const std::size_t had = in_.size();
    const std::size_t room = std::max(in_.capacity() - had, std::size_t{4096});
    IoResult io;
    in_.resize_and_overwrite(had + room, [&](char* data, std::size_t) {
      io = stream_->try_read({data + had, room});
      return had + (io.kind == IoResult::Kind::kDone ? io.bytes : 0);
    });
    if (io.kind == IoResult::Kind::kDone) co_return true;
    if (io.kind != IoResult::Kind::kBlocked) co_return false;
    if (in_.empty()) context_.buffers.give(std::exchange(in_, {}));
    const auto wake = co_await stream_->wait_readable(deadline);
    if (wake == async::Wake::kTimedOut) co_return false;
  }
}

async::Task<Connection::HeadOutcome> Connection::read_head() {
  scanner_.reset();
  // An empty line before a request is passed over, as RFC 9112 §2.2 asks; more of them are not a
  // request.
  Deadline deadline = context_.worker.in(context_.limits.idle_timeout);
  bool has_begun = !unread().empty();
  if (has_begun) deadline = context_.worker.in(context_.limits.header_timeout);
  while (true) {
    const auto state = scanner_.scan(unread());
    if (state == codec::HeadScanner::State::kComplete && scanner_.head_bytes() == 2) {
      used_ += 2;
      scanner_.reset();
      continue;
    }
    if (state == codec::HeadScanner::State::kComplete) {
      head_bytes_ = scanner_.head_bytes();
      co_return HeadOutcome::kReady;
    }
    if (state == codec::HeadScanner::State::kBareLineFeed) {
      refuse_head({.status = 400, .reason = "Lines must end with CR LF."});
      co_return HeadOutcome::kRefused;
    }
    if (unread().size() > context_.limits.head.header_bytes) {
      refuse_head({.status = 431, .reason = "The header fields are too large."});
      co_return HeadOutcome::kRefused;
    }
    if (is_draining_ && !has_begun) co_return HeadOutcome::kEnded;
    is_idle_ = !has_begun;
    const bool has_more = co_await fill(deadline);
    is_idle_ = false;
    if (!has_more) {
      if (!has_begun || !deadline.has_passed(context_.worker.now())) co_return HeadOutcome::kEnded;
      refuse_head({.status = 408, .reason = "The request took too long to arrive."});
      co_return HeadOutcome::kRefused;
    }
    if (!has_begun) deadline = context_.worker.in(context_.limits.header_timeout);
    has_begun = true;
  }
}

void Connection::refuse_head(const codec::HeadFault& fault) {
  context_.pipeline.refuse(fault, writer_);
}

async::Task<void> Connection::answer() {
  auto& head = context_.pipeline.scratch_head();
  const auto block = unread().substr(0, head_bytes_);
  if (const auto fault = codec::parse_request_head(block, context_.limits.head, head)) {
    refuse_head(*fault);
    co_return;
  }
  framing_ = head.framing;
  body_left_ = head.content_length;
  body_seen_ = 0;
  chunks_ = {};
  body_.clear();
  body_view_ = {};
  is_piece_lent_ = false;
  is_body_complete_ = framing_ == codec::BodyFraming::kNone;
  used_ += head_bytes_;
  const bool is_body_here = is_body_complete_ || take_buffered_body();
  auto prepared =
      context_.pipeline.prepare({.head = head,
                                 .peer = peer_.address,
                                 .is_secure = terms_.is_secure,
                                 .redirects_to_https = terms_.redirects_to_https,
                                 .is_body_here = is_body_here,
                                 .tls_client = terms_.tls_client ? &*terms_.tls_client : nullptr},
                                writer_);
  if (!prepared) co_return;
  body_limit_ = prepared->route->rules.body_limit_bytes;
  if (!is_body_here) {
    const bool is_gathered = co_await gather_body(*prepared);
    if (!is_gathered) co_return;
  }
  if (context_.pipeline.asks_firewall(*prepared)) [[unlikely]] {
    const auto head_block = body_.empty() ? block : std::string_view(body_).substr(0, head_bytes_);
    const bool is_let_in = co_await pass_firewall(*prepared, head_block);
    if (!is_let_in) co_return;
  }
  if (prepared->route->streams_body) give_body_back();
  co_await hand_over(*prepared);
}

// A body that came whole with its head needs no copy and no waiting.
bool Connection::take_buffered_body() {
  if (framing_ != codec::BodyFraming::kLength || unread().size() < body_left_) return false;
  body_view_ = unread().substr(0, static_cast<std::size_t>(body_left_));
  used_ += body_view_.size();
  is_body_complete_ = true;
  return true;
}

// Its route's handler reads it piece by piece.
void Connection::give_body_back() {
  used_ -= body_view_.size();
  is_body_complete_ = is_body_complete_ && body_view_.empty();
  body_view_ = {};
}

// Reads the body, unless the route's handler does, keeping the head in front of it. False: answered
// with an error.
async::Task<bool> Connection::gather_body(const Prepared& prepared) {
  body_deadline_ = context_.worker.in(context_.limits.body_timeout);
  const std::string head_bytes(std::string_view(in_).substr(used_ - head_bytes_, head_bytes_));
  if (prepared.expects_continue && unread().empty()) {
    writer_.write_interim(kContinue);
    const auto sent = co_await writer_.flush();
    if (!sent) co_return false;
  }
  if (prepared.route->streams_body) co_return true;
  while (true) {
    const auto piece = co_await read();
    if (!piece) {
      context_.pipeline.send_error(writer_, prepared.route->errors, piece.error(),
                                   writer_.request_id());
      co_return false;
    }
    if (piece->empty()) break;
    body_ += *piece;
  }
  // Other requests have used the scratch head meanwhile, and the buffer may have moved.
  body_view_ = body_;
  body_.insert(0, head_bytes);
  body_view_ = std::string_view(body_).substr(head_bytes.size());
  const auto fault =
      codec::parse_request_head(std::string_view(body_).substr(0, head_bytes.size()),
                                context_.limits.head, context_.pipeline.scratch_head());
  co_return !fault;
}

// Nothing is read meanwhile, so head and body stay where they are.
async::Task<bool> Connection::pass_firewall(const Prepared& prepared, std::string_view head_block) {
  is_answering_ = true;
  const bool is_let_in =
      co_await context_.pipeline.pass_firewall(context_.worker, prepared, body_view_, writer_);
  is_answering_ = false;
  if (!is_let_in) co_return false;
  const auto fault =
      codec::parse_request_head(head_block, context_.limits.head, context_.pipeline.scratch_head());
  co_return !fault;
}

async::Task<Result<std::string_view>> Connection::read() {
  is_piece_lent_ = false;
  while (!is_body_complete_) {
    std::string_view piece;
    if (framing_ == codec::BodyFraming::kChunked) {
      const auto step = chunks_.decode(unread());
      used_ += step.consumed;
      piece = step.data;
      if (step.state == codec::ChunkedDecoder::State::kMalformed) {
        co_return give_up_body(ErrorCode::kInvalid, "The chunks of the body are malformed.");
      }
      is_body_complete_ = step.state == codec::ChunkedDecoder::State::kDone;
    } else {
      piece = unread().substr(
          0, static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, unread().size())));
      used_ += piece.size();
      body_left_ -= piece.size();
      is_body_complete_ = body_left_ == 0;
    }
    body_seen_ += piece.size();
    if (body_seen_ > body_limit_)
      co_return give_up_body(ErrorCode::kTooLarge, "The body is too large for this address.");
    is_piece_lent_ = !piece.empty();
    if (is_piece_lent_) co_return piece;
    if (is_body_complete_) break;
    const bool has_more = co_await fill(body_deadline_);
    if (has_more) continue;
    if (body_deadline_.has_passed(context_.worker.now())) {
      co_return give_up_body(ErrorCode::kDeadlineExceeded, "The body took too long to arrive.");
    }
    co_return give_up_body(ErrorCode::kCancelled, "The client has left.");
  }
  // What came while the last piece was out, perhaps the client's leaving.
  if (stream_->may_have_input()) signal_was_set();
  co_return std::string_view();
}

// What is left of it can't be told from the next request, so the answer is the last.
std::unexpected<Error> Connection::give_up_body(ErrorCode code, std::string_view why) {
  writer_.close_after();
  return fail(code, std::string(why));
}

async::Task<void> Connection::hand_over(Prepared& prepared) {
  const std::string_view request_id = writer_.request_id();
  http::Request request{.head = context_.pipeline.scratch_head(),
                        .body = body_view_,
                        .stream = prepared.route->streams_body ? this : nullptr,
                        .upgrade = framing_ == codec::BodyFraming::kNone ? this : nullptr,
                        .request_id = request_id,
                        .client = prepared.client,
                        .is_secure = prepared.is_secure,
                        .parameter = prepared.parameter,
                        .principal = &prepared.principal};
  is_answering_ = true;
  if (is_draining_) announce_end();
  guard::Admitted<http::Request> admitted(std::move(prepared.receipt), request);
  stream_->observe_input(this);
  bool has_thrown = false;
  try {
    co_await prepared.route->handler->handle(std::move(admitted), writer_)
        .on_first_wait([this, &prepared] {
          if (!prepared.route->streams_body) release_input();
          // A client that had already left gives no further sign of it.
          if (stream_->may_have_input()) signal_was_set();
        });
  } catch (const std::exception& exception) {
    // A bug or no memory: this connection pays, no other.
    context_.pipeline.note_failure(exception.what(), request_id);
    has_thrown = true;
  }
  stream_->observe_input(nullptr);
  is_answering_ = false;
  // Whoever stays is told, also by a handler that forgot to.
  const bool has_left = writer_.client_left().is_cancelled();
  const bool is_unanswered = !writer_.has_started() && (has_thrown || !has_left);
  if (is_unanswered && !has_thrown)
    context_.pipeline.note_failure("The handler gave no answer.", request_id);
  if (is_unanswered) {
    writer_.close_after();
    const Error error{.code = ErrorCode::kInternal,
                      .client_message = "Something went wrong here. Try again."};
    context_.pipeline.send_error(writer_, prepared.route->errors, error, request_id);
  }
  if (!is_body_complete_) writer_.close_after();
  context_.pipeline.note_finished(prepared, writer_, request_id);
}

async::Task<Result<http::Upgraded>> Connection::accept(const http::ResponseHead& head) {
  is_upgraded_ = true;
  writer_.switch_protocols(head);
  stream_->observe_input(nullptr);
  http::Upgraded upgraded{.stream = stream_.get(), .received = std::string(unread())};
  context_.buffers.give(std::exchange(in_, {}));
  used_ = 0;
  const auto flushed = co_await writer_.flush();
  if (!flushed) co_return std::unexpected(flushed.error());
  co_return upgraded;
}

// The handler has copied what it needs. What the client sent beyond this request is kept.
void Connection::release_input() {
  std::string rest(unread());
  body_.clear();
  body_.shrink_to_fit();
  context_.buffers.give(std::move(in_));
  in_ = std::move(rest);
  used_ = 0;
}

// Input while a request is being answered: the next request, or the end.
void Connection::signal_was_set() {
  if (!is_answering_ || is_upgraded_ || is_piece_lent_ || unread().size() >= kMaxPipelinedBytes)
    return;
  constexpr std::size_t kRoom = 4096;
  IoResult io{IoResult::Kind::kDone};
  while (io.kind == IoResult::Kind::kDone && unread().size() < kMaxPipelinedBytes) {
    const std::size_t had = in_.size();
    in_.resize_and_overwrite(had + kRoom, [&](char* data, std::size_t) {
      io = stream_->try_read({data + had, kRoom});
      return had + (io.kind == IoResult::Kind::kDone ? io.bytes : 0);
    });
  }
  if (io.kind == IoResult::Kind::kEnd || io.kind == IoResult::Kind::kFailed)
    writer_.client_left().cancel();
}

void Connection::drain() {
  is_draining_ = true;
  if (is_answering_) announce_end();
  if (is_idle_) stream_->close();
}

void Connection::announce_end() {
  writer_.close_after();
  writer_.draining().cancel();
}

// Closing with unread input would make the kernel reset the connection and throw away the response
// under way.
async::Task<void> Connection::linger() {
  stream_->shutdown_write();
  const Deadline deadline = context_.worker.in(kLingerTimeout);
  std::size_t dropped = 0;
  while (dropped < kLingerBytes) {
    in_.clear();
    used_ = 0;
    const bool has_more = co_await fill(deadline);
    if (!has_more) co_return;
    dropped += in_.size();
  }
}

}  // namespace gatehouse::server
