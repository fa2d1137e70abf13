#include "client_connection.hpp"

#include <algorithm>

namespace gatehouse::http {
namespace {

using net::IoResult;

constexpr std::size_t kReadBytes = 16 * 1024;

std::unexpected<Error> broken(std::string detail) {
  return fail(ErrorCode::kUpstreamFailed, "The answering service failed. Try again in a moment.",
              std::move(detail));
}

std::unexpected<Error> timed_out(std::string detail) {
  return fail(ErrorCode::kUpstreamTimeout,
              "The answering service took too long. Try again in a moment.", std::move(detail));
}

std::unexpected<Error> cancelled() {
  return fail(ErrorCode::kCancelled, "The request was cancelled.");
}

}  // namespace

async::Task<Result<void>> ClientConnection::write(std::string_view bytes,
                                                  async::Cancellation& cancellation,
                                                  Deadline deadline) {
  while (!bytes.empty()) {
    const IoResult io = stream_->try_write(bytes);
    if (io.kind == IoResult::Kind::kDone) {
      bytes.remove_prefix(io.bytes);
      continue;
    }
    if (io.kind != IoResult::Kind::kBlocked)
      co_return broken("the backend closed the connection while it was sent to");
    const auto wake = co_await stream_->wait_writable(deadline);
    if (cancellation.is_cancelled()) co_return cancelled();
    if (wake == async::Wake::kTimedOut) co_return timed_out("the backend does not read");
  }
  co_return Result<void>();
}

async::Task<Result<bool>> ClientConnection::fill(async::Cancellation& cancellation,
                                                 Deadline deadline) {
  while (true) {
    if (used_ == in_.size()) {
      in_.clear();
      used_ = 0;
    }
    const std::size_t had = in_.size();
    IoResult io;
    in_.resize_and_overwrite(had + kReadBytes, [&](char* data, std::size_t) {
      io = stream_->try_read({data + had, kReadBytes});
      return had + (io.kind == IoResult::Kind::kDone ? io.bytes : 0);
    });
    if (io.kind == IoResult::Kind::kDone) co_return true;
    if (io.kind == IoResult::Kind::kEnd) co_return false;
    if (cancellation.is_cancelled()) co_return cancelled();
    if (io.kind == IoResult::Kind::kFailed)
      co_return broken("the connection to the backend was lost");
    const auto wake = co_await stream_->wait_readable(deadline);
    if (cancellation.is_cancelled()) co_return cancelled();
    if (wake == async::Wake::kTimedOut) co_return timed_out("the backend is silent");
  }
}

async::Task<Result<void>> ClientConnection::read_head(bool is_head,
                                                      async::Cancellation& cancellation,
                                                      Deadline deadline, bool& has_answered) {
  codec::HeadScanner scanner;
  const codec::HeadLimits limits{.header_bytes = limits_.head_bytes};
  while (true) {
    const auto state = scanner.scan(std::string_view(in_).substr(used_));
    if (state == codec::HeadScanner::State::kBareLineFeed)
      co_return broken("the backend's answer is not HTTP");
    if (state == codec::HeadScanner::State::kComplete) {
      const auto block = std::string_view(in_).substr(used_, scanner.head_bytes());
      if (const auto fault = codec::parse_response_head(block, limits, is_head, head_)) {
        co_return broken("the backend's answer is malformed: " + std::string(fault->reason));
      }
      used_ += block.size();
      if (head_.status >= 200) co_return Result<void>();
      scanner.reset();  // 100 Continue and its kin come before the response
      continue;
    }
    if (in_.size() - used_ > limits_.head_bytes)
      co_return broken("the backend's header fields are too large");
    const auto more = co_await fill(cancellation, deadline);
    if (!more) co_return std::unexpected(more.error());
    if (!*more) co_return broken("the backend closed the connection without an answer");
    has_answered = true;
  }
}

async::Task<Result<void>> ClientConnection::exchange(std::string_view request, bool is_head,
                                                     async::Cancellation& cancellation,
                                                     Deadline deadline, bool& has_answered) {
  const async::Cancellation::Watch watch(cancellation, [this] { stream_->close(); });
  if (cancellation.is_cancelled()) co_return cancelled();
  in_.clear();
  used_ = 0;
  chunks_ = {};
  body_bytes_ = 0;
  is_complete_ = false;
  const Deadline by = deadline.earlier(worker_.in(limits_.first_byte_timeout));
  const auto sent = co_await write(request, cancellation, by);
  if (!sent) co_return std::unexpected(sent.error());
  const auto answered = co_await read_head(is_head, cancellation, by, has_answered);
  if (!answered) co_return std::unexpected(answered.error());
  body_left_ = head_.content_length;
  is_complete_ = head_.framing == codec::BodyFraming::kNone;
  co_return Result<void>();
}

Result<std::string_view> ClientConnection::take(std::size_t bytes) {
  const auto data = std::string_view(in_).substr(used_, bytes);
  used_ += data.size();
  body_bytes_ += data.size();
  if (body_bytes_ > limits_.body_bytes)
    return broken("the backend's answer is larger than the limit");
  return data;
}

Result<std::string_view> ClientConnection::take_chunk() {
  const auto step = chunks_.decode(std::string_view(in_).substr(used_));
  used_ += step.consumed;
  body_bytes_ += step.data.size();
  if (step.state == codec::ChunkedDecoder::State::kMalformed)
    return broken("the backend's chunks are malformed");
  if (body_bytes_ > limits_.body_bytes)
    return broken("the backend's answer is larger than the limit");
  is_complete_ = step.state == codec::ChunkedDecoder::State::kDone;
  return step.data;
}

Result<std::string_view> ClientConnection::take_from_buffer(bool& needs_more) {
  needs_more = false;
  const std::size_t available = in_.size() - used_;
  if (head_.framing == codec::BodyFraming::kChunked) {
    auto piece = take_chunk();
    // A piece that fills the buffer may have the last chunk right behind it: seen now, it saves a
    // wait for the end.
    needs_more = piece && piece->empty() && !is_complete_;
    return piece;
  }
  if (head_.framing == codec::BodyFraming::kLength) {
    auto piece = take(static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, available)));
    if (piece) {
      body_left_ -= piece->size();
      is_complete_ = body_left_ == 0;
      needs_more = piece->empty() && !is_complete_;
    }
    return piece;
  }
  needs_more = available == 0;
  return take(available);
}

async::Task<Result<std::string_view>> ClientConnection::read_body(async::Cancellation& cancellation,
                                                                  Deadline deadline) {
  const async::Cancellation::Watch watch(cancellation, [this] { stream_->close(); });
  while (!is_complete_) {
    if (cancellation.is_cancelled()) co_return cancelled();
    bool needs_more = false;
    auto piece = take_from_buffer(needs_more);
    if (!piece || !needs_more) co_return piece;
    const auto more =
        co_await fill(cancellation, deadline.earlier(worker_.in(limits_.idle_timeout)));
    if (!more) co_return std::unexpected(more.error());
    if (*more) continue;
    if (head_.framing != codec::BodyFraming::kUntilClose)
      co_return broken("the backend's answer was cut off");
    is_complete_ = true;
  }
  co_return std::string_view();
}

}  // namespace gatehouse::http
