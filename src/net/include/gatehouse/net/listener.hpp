// Listening sockets.
#pragma once

#include <functional>
#include <memory>

#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/net/socket_stream.hpp"

namespace gatehouse::net {

// Owns one listening socket. Port 0 takes a free one; endpoint() tells which. One worker's thread
// only.
class Listener {
 public:
  using OnAccept = std::function<void(int descriptor, Endpoint peer)>;

  static Result<std::unique_ptr<Listener>> open(async::Worker& worker, Endpoint at);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  Endpoint endpoint() const { return endpoint_; }
  // Hands each descriptor over until close(). When descriptors run out it waits and goes on.
  async::Task<void> run(OnAccept on_accept);
  void close();

 private:
  Listener(async::Worker& worker, int descriptor, Endpoint endpoint)
      : worker_(worker), readiness_(worker), descriptor_(descriptor), endpoint_(endpoint) {}

  async::Worker& worker_;
  async::Readiness readiness_;
  int descriptor_;
  Endpoint endpoint_;
};

}  // namespace gatehouse::net
