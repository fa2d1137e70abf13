// The HTTP client: pooled connections to backends, with deadlines, limits and a guard against
// internal targets.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/codec/http1_head.hpp"
#include "gatehouse/http/headers.hpp"
#include "gatehouse/net/resolver.hpp"
#include "gatehouse/net/tls.hpp"
#include "gatehouse/telemetry/counters.hpp"

namespace gatehouse::http {

// Where a backend lives. An operator who writes down an address or name has named that target, so
// private addresses are allowed for it and for nothing else.
struct Upstream {
  bool is_secure = false;
  std::string host;  // without brackets or port
  std::uint16_t port = 80;
  std::string base_path;  // "" or "/v1": no slash at the end
  bool may_be_private = false;

  // "https://api.example.com/v1". Refuses other schemes, user info, queries and fragments.
  static Result<Upstream> parse(std::string_view url);
  std::string host_header() const;
};

struct ClientLimits {
  Duration connect_timeout = std::chrono::seconds(5);
  Duration first_byte_timeout = std::chrono::seconds(60);
  Duration idle_timeout = std::chrono::seconds(60);  // between two pieces of a body
  std::size_t head_bytes = 32 * 1024;
  std::uint64_t body_bytes = 64 * 1024 * 1024;
  std::size_t idle_connections_per_upstream = 64;
  // Shorter than the 5 s after which common servers close, so that a pooled connection is rarely a
  // dead one.
  Duration keep_idle = std::chrono::seconds(4);
};

struct ClientRequest {
  std::string_view method = "GET";
  std::string_view target;          // below the upstream's base path: "/chat/completions"
  std::string_view prepared_lines;  // headers that were made once: each "name: value\r\n"
  Headers headers;                  // the others; Host and Content-Length are added
  std::string_view body;
  bool is_sent_once = false;  // also where a pooled connection turns out to be dead
  bool* was_sent = nullptr;   // becomes true once a connection begins to carry it
};

class ClientConnection;
class ClientPool;

// A response whose head has come. Read the body to its end and the connection is used again; drop
// it before and the connection is closed, which tells the backend to stop.
class ClientResponse {
 public:
  ClientResponse(ClientPool& pool, std::unique_ptr<ClientConnection> connection);
  ClientResponse(ClientResponse&&) noexcept;
  ClientResponse& operator=(ClientResponse&&) = delete;
  ~ClientResponse();

  // Valid until the first read().
  const codec::ResponseHead& head() const;
  // The next piece of the body, a view valid until the next call; empty at the end.
  async::Task<Result<std::string_view>> read(async::Cancellation& cancellation, Deadline deadline);
  // Waits a little for the end of a body whose content is complete, so that the connection can be
  // used again.
  async::Task<void> read_end(Duration wait, async::Cancellation& cancellation);
  // All of the body up to a limit.
  async::Task<Result<std::string>> read_all(std::size_t limit_bytes,
                                            async::Cancellation& cancellation, Deadline deadline);

 private:
  ClientPool* pool_;
  std::unique_ptr<ClientConnection> connection_;
};

// One per worker and upstream, used on its thread only. Nothing is retried but one case: a pooled
// connection that the backend had already closed, before it sent a byte; it may have read the
// request all the same, so what must not be repeated says so.
class ClientPool {
 public:
  ClientPool(async::Worker& worker, net::Resolver& resolver,
             std::shared_ptr<const net::TlsContext> tls, Upstream upstream, ClientLimits limits,
             telemetry::Counters& counters);
  ~ClientPool();

  const Upstream& upstream() const { return upstream_; }
  // Sends and waits for the response's head. `request` and what it views must outlive the call.
  async::Task<Result<ClientResponse>> send(const ClientRequest& request,
                                           async::Cancellation& cancellation, Deadline deadline);

 private:
  friend class ClientResponse;
  async::Task<Result<std::unique_ptr<ClientConnection>>> connect(Deadline deadline);
  std::unique_ptr<ClientConnection> take_idle();
  void give_back(std::unique_ptr<ClientConnection> connection);
  std::string format(const ClientRequest& request) const;

  async::Worker& worker_;
  net::Resolver& resolver_;
  std::shared_ptr<const net::TlsContext> tls_;
  const Upstream upstream_;
  const std::string host_header_;
  const ClientLimits limits_;
  telemetry::Counters& counters_;
  std::vector<std::unique_ptr<ClientConnection>> idle_;
};

}  // namespace gatehouse::http
