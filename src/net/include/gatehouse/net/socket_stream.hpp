// TCP sockets as byte streams: accepted ones and those we connect.
#pragma once

#include <memory>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/net/byte_stream.hpp"

namespace gatehouse::net {

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
};

// Owns a non-blocking descriptor registered with its worker.
class SocketStream final : public ByteStream {
 public:
  // Takes the descriptor over, also when it fails.
  static Result<std::unique_ptr<SocketStream>> adopt(async::Worker& worker, int descriptor);
  ~SocketStream() override;

  IoResult try_read(std::span<char> into) override;
  IoResult try_write(std::string_view from) override;
  async::Signal::Waiter wait_readable(Deadline deadline) override {
    return readiness_.readable.wait(deadline);
  }
  async::Signal::Waiter wait_writable(Deadline deadline) override {
    return readiness_.writable.wait(deadline);
  }
  void shutdown_write() override;
  void close() override;
  bool may_have_input() const override { return descriptor_ < 0 || readiness_.readable.is_set(); }
  void observe_input(async::Signal::Observer* observer) override {
    readiness_.readable.observe(observer);
  }

  // For TLS, which reads and writes the descriptor itself.
  int descriptor() const { return descriptor_; }
  async::Readiness& readiness() { return readiness_; }

 private:
  SocketStream(async::Worker& worker, int descriptor);

  async::Worker& worker_;
  async::Readiness readiness_;
  int descriptor_;
};

async::Task<Result<std::unique_ptr<SocketStream>>> connect(async::Worker& worker, Endpoint to,
                                                           Deadline deadline);

// For telling the kernel how long a peer may leave sent bytes unacknowledged.
void set_user_timeout(SocketStream& stream, Duration timeout);

}  // namespace gatehouse::net
