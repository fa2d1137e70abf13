// One connection of the HTTP client and the exchange that is on it.
#pragma once

#include <memory>
#include <string>

#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/codec/chunked.hpp"
#include "gatehouse/codec/http1_head.hpp"
#include "gatehouse/http/client.hpp"

namespace gatehouse::http {

// Sends one request at a time and reads its response. Not reusable once anything went wrong.
class ClientConnection {
 public:
  ClientConnection(async::Worker& worker, std::unique_ptr<net::ByteStream> stream,
                   const ClientLimits& limits)
      : worker_(worker), stream_(std::move(stream)), limits_(limits) {}

  // `has_answered` tells whether any byte came back: a dead pooled connection never answers.
  async::Task<Result<void>> exchange(std::string_view request, bool is_head,
                                     async::Cancellation& cancellation, Deadline deadline,
                                     bool& has_answered);
  async::Task<Result<std::string_view>> read_body(async::Cancellation& cancellation,
                                                  Deadline deadline);

  const codec::ResponseHead& head() const { return head_; }
  bool is_reusable() const { return is_complete_ && head_.keeps_alive && used_ == in_.size(); }
  bool is_stale() const { return stream_->may_have_input(); }

  TimePoint idle_since{};

 private:
  async::Task<Result<void>> write(std::string_view bytes, async::Cancellation& cancellation,
                                  Deadline deadline);
  async::Task<Result<bool>> fill(async::Cancellation& cancellation,
                                 Deadline deadline);  // false at the end
  async::Task<Result<void>> read_head(bool is_head, async::Cancellation& cancellation,
                                      Deadline deadline, bool& has_answered);
  Result<std::string_view> take(std::size_t bytes);
  Result<std::string_view> take_chunk();
  Result<std::string_view> take_from_buffer(bool& needs_more);

  async::Worker& worker_;
  std::unique_ptr<net::ByteStream> stream_;
  const ClientLimits& limits_;
  std::string in_;        // received
  std::size_t used_ = 0;  // of it, consumed
  codec::ResponseHead head_;
  codec::ChunkedDecoder chunks_;
  std::uint64_t body_left_ = 0;   // of a body with a length
  std::uint64_t body_bytes_ = 0;  // seen so far
  bool is_complete_ = false;
};

}  // namespace gatehouse::http
