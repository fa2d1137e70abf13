// One HTTP/1.1 connection: reads requests, has them admitted and handled, writes responses, one
// after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gatehouse/codec/chunked.hpp"
#include "gatehouse/codec/http1_head.hpp"
#include "gatehouse/http/upgrade.hpp"
#include "gatehouse/net/client_hello.hpp"
#include "gatehouse/net/socket_stream.hpp"
#include "gatehouse/server/limits.hpp"
#include "http1_writer.hpp"
#include "request_pipeline.hpp"

namespace gatehouse::server {

// Buffers of idle connections, kept per worker.
class BufferPool {
 public:
  std::string take();
  void give(std::string buffer);

 private:
  static constexpr std::size_t kKept = 64;
  std::vector<std::string> free_;
};

// What the connections of one worker share. Outlives them.
struct ConnectionContext {
  async::Worker& worker;
  RequestPipeline& pipeline;
  const ServerLimits& limits;
  telemetry::Counters& counters;
  BufferPool& buffers;
  DateLine& date;
};

// The loop over the requests of one client. While a handler works, the connection holds no input
// buffer and watches for the client's leaving. Ends when either side closes, a limit is passed, or
// the server drains.
class Connection final : public http::BodyReader,
                         public http::Upgrade,
                         private async::Signal::Observer {
 public:
  struct Terms {
    bool is_secure = false;
    bool redirects_to_https = false;
    std::optional<net::ClientFingerprint> tls_client = {};
  };
  Connection(ConnectionContext& context, std::unique_ptr<net::ByteStream> stream,
             net::Endpoint peer, Terms terms);

  async::Task<void> run();
  // Finish the request that has begun, then close; at once if none has.
  void drain();
  void close() { stream_->close(); }
  TimePoint opened_at() const { return opened_at_; }

  async::Task<Result<std::string_view>> read() override;
  async::Task<Result<http::Upgraded>> accept(const http::ResponseHead& head) override;

 private:
  enum class HeadOutcome : std::uint8_t { kReady, kEnded, kRefused };

  async::Task<HeadOutcome> read_head();
  async::Task<bool> fill(Deadline deadline);
  async::Task<void> answer();
  async::Task<bool> gather_body(const Prepared& prepared);
  async::Task<bool> pass_firewall(const Prepared& prepared, std::string_view head_block);
  async::Task<void> hand_over(Prepared& prepared);
  bool take_buffered_body();
  void give_body_back();
  std::unexpected<Error> give_up_body(ErrorCode code, std::string_view why);
  void refuse_head(const codec::HeadFault& fault);
  void announce_end();  // to the client and to the handler
  void release_input();
  async::Task<void> linger();
  void signal_was_set() override;
  std::string_view unread() const { return std::string_view(in_).substr(used_); }

  ConnectionContext& context_;
  std::unique_ptr<net::ByteStream> stream_;
  const net::Endpoint peer_;
  const Terms terms_;
  const TimePoint opened_at_;
  Http1Writer writer_;
  std::string in_;        // received
  std::size_t used_ = 0;  // of it, consumed by requests before
  codec::HeadScanner scanner_;
  std::size_t head_bytes_ = 0;
  codec::ChunkedDecoder chunks_;
  codec::BodyFraming framing_ = codec::BodyFraming::kNone;
  std::uint64_t body_left_ = 0;
  std::uint64_t body_limit_ = 0;
  std::uint64_t body_seen_ = 0;
  Deadline body_deadline_ = Deadline::never();
  std::string body_;  // gathered, where it didn't come with the head
  std::string_view body_view_;
  bool is_body_complete_ = true;
  bool is_piece_lent_ = false;  // the handler reads in the buffer, which must not move meanwhile
  bool is_draining_ = false;
  bool is_idle_ = false;  // waits for a request, of which nothing has come yet
  bool is_answering_ = false;
  bool is_upgraded_ = false;  // what comes is the handler's
};

}  // namespace gatehouse::server
