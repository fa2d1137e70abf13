#include "gatehouse/net/listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "socket_address.hpp"

namespace gatehouse::net {
namespace {

constexpr int kBacklog = 4096;
constexpr auto kPauseWhenFull = std::chrono::milliseconds(100);

std::unexpected<Error> cannot_listen(const Endpoint& at, int error) {
  const std::string where = at.address.to_string() + " port " + std::to_string(at.port);
  std::string advice = std::strerror(error);
  if (error == EADDRINUSE)
    advice = "another program uses it. Stop that program or choose another port with --listen";
  if (error == EACCES) advice = "this user may not. Choose a port above 1023 with --listen";
  if (error == EADDRNOTAVAIL) advice = "this machine does not have that address";
  return fail(ErrorCode::kUnavailable, "Can't listen on " + where + ": " + advice + ".");
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(async::Worker& worker, Endpoint at) {
  SocketAddress address(at);
  const int descriptor = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return cannot_listen(at, errno);
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(descriptor, address.get(), address.size()) != 0 || listen(descriptor, kBacklog) != 0) {
    const int error = errno;
    ::close(descriptor);
    return cannot_listen(at, error);
  }
  SocketAddress bound;
  getsockname(descriptor, bound.get(), bound.size_out());
  std::unique_ptr<Listener> listener(new Listener(worker, descriptor, bound.endpoint()));
  if (auto watched = worker.watch(descriptor, listener->readiness_); !watched) {
    return std::unexpected(watched.error());
  }
  return listener;
}

Listener::~Listener() { close(); }

void Listener::close() {
  if (descriptor_ < 0) return;
  worker_.unwatch(descriptor_, readiness_);
  ::close(descriptor_);
  descriptor_ = -1;
  readiness_.readable.set();
}

async::Task<void> Listener::run(OnAccept on_accept) {
  while (descriptor_ >= 0) {
    SocketAddress peer;
    const int accepted =
        accept4(descriptor_, peer.get(), peer.size_out(), SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
      on_accept(accepted, peer.endpoint());
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) {
      readiness_.readable.reset();
      co_await readiness_.readable.wait(Deadline::never());
    } else {
      // Out of descriptors or memory: what waits in the backlog is served once something was freed.
      co_await async::Sleep(worker_, worker_.in(kPauseWhenFull));
    }
  }
}

}  // namespace gatehouse::net
