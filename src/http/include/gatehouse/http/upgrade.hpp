// Leaving HTTP: a connection that goes on in another protocol.
#pragma once

#include <string>

#include "gatehouse/async/task.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/http/message.hpp"
#include "gatehouse/net/byte_stream.hpp"

namespace gatehouse::http {

// The bytes of a connection that has left HTTP. The stream is the connection's own.
struct Upgraded {
  net::ByteStream* stream = nullptr;  // never null
  std::string received;               // what came behind the request's head
};

// What a request brings where its connection can change its protocol. Valid as long as the handler
// runs.
class Upgrade {
 public:
  virtual ~Upgrade() = default;
  // Says 101 with the fields of `head`, which names the protocol in Upgrade, and hands the bytes
  // over. From then on the response writer only tells of draining, client_left() says nothing, and
  // the connection closes when the handler returns. kCancelled: the client has left.
  virtual async::Task<Result<Upgraded>> accept(const ResponseHead& head) = 0;
};

}  // namespace gatehouse::http
