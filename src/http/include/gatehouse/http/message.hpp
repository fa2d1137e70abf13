// Requests and responses as handlers see them, the same for every version of HTTP.
#pragma once

#include <cstdint>
#include <string_view>

#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/principal.hpp"
#include "gatehouse/codec/http1_head.hpp"
#include "gatehouse/http/headers.hpp"

namespace gatehouse::http {

// A body that is read piece by piece. The piece views memory of the reader, valid until the next
// call.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // An empty piece is the end. Errors: kTooLarge over the route's limit, kDeadlineExceeded,
  // kCancelled, kInvalid.
  virtual async::Task<Result<std::string_view>> read() = 0;
};

class Upgrade;

// A request on its way to a handler. Everything here views the connection's buffers and is gone
// once the handler waits for the first time: what it needs later it copies before that. `stream`
// and `upgrade` alone stay.
struct Request {
  const codec::RequestHead& head;
  std::string_view body;         // whole; empty where the route streams it
  BodyReader* stream = nullptr;  // only where the route asks for it
  Upgrade* upgrade = nullptr;    // null: this connection can't change its protocol
  std::string_view request_id;
  IpAddress client;                      // behind trusted proxies
  bool is_secure = false;                // TLS here or at a trusted proxy
  std::string_view parameter;            // what stood for {id} in the route's path
  const Principal* principal = nullptr;  // never null for a handler
};

struct ResponseHead {
  std::uint16_t status = 200;
  Headers headers;
};

// Takes one response: either send(), or start(), write() and flush() as often as needed, then
// finish(). Framing, connection and security headers are added beneath. Dropping it before the end
// cuts the connection, so that a client never takes half a response for a whole one.
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;
  // Lines that the head will carry beside its own, whatever it will be: each "name: value\r\n".
  virtual void add_header_lines(std::string_view lines) = 0;
  virtual void send(const ResponseHead& head, std::string_view body) = 0;
  virtual void start(const ResponseHead& head) = 0;
  virtual void write(std::string_view data) = 0;  // buffered until flush()
  // Returns when the peer's system has taken what was written. kCancelled: the client has left.
  virtual async::Task<Result<void>> flush() = 0;
  // The same without waiting, as far as it goes; for signs of life.
  virtual void flush_now() = 0;
  virtual void finish() = 0;
  virtual bool has_started() const = 0;
  // Cancelled when the client leaves.
  virtual async::Cancellation& client_left() = 0;
  // Cancelled when the server begins to drain: streams say goodbye and end.
  virtual async::Cancellation& draining() = 0;
};

// What stands behind a route. `Admission` is chosen by who admits requests: the server hands out
// requests that its guard has passed, and no other kind can be made. One instance per worker; many
// requests run in it at once.
template <typename Admission>
class Handler {
 public:
  virtual ~Handler() = default;
  virtual async::Task<void> handle(Admission request, ResponseWriter& writer) = 0;
};

std::string_view reason_phrase(std::uint16_t status);

}  // namespace gatehouse::http
