#include "gatehouse/net/socket_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "socket_address.hpp"

namespace gatehouse::net {
namespace {

std::unexpected<Error> connect_failed(int error) {
  return fail(ErrorCode::kUpstreamFailed, "The answering service can't be reached.",
              std::string("connect: ") + std::strerror(error));
}

}  // namespace

SocketStream::SocketStream(async::Worker& worker, int descriptor)
    : worker_(worker), readiness_(worker), descriptor_(descriptor) {}

Result<std::unique_ptr<SocketStream>> SocketStream::adopt(async::Worker& worker, int descriptor) {
  std::unique_ptr<SocketStream> stream(new SocketStream(worker, descriptor));
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (auto watched = worker.watch(descriptor, stream->readiness_); !watched)
    return std::unexpected(watched.error());
  return stream;
}

SocketStream::~SocketStream() { close(); }

IoResult SocketStream::try_read(std::span<char> into) {
  if (descriptor_ < 0) return {IoResult::Kind::kFailed, 0};
  // Nothing has come since the socket was found empty: the edge would have told.
  if (!readiness_.readable.is_set()) return {IoResult::Kind::kBlocked, 0};
  ssize_t got = recv(descriptor_, into.data(), into.size(), 0);
  while (got < 0 && errno == EINTR) got = recv(descriptor_, into.data(), into.size(), 0);
  if (got > 0) {
    const auto bytes = static_cast<std::size_t>(got);
    // Fewer bytes than asked for: the socket is empty and the next edge will tell, so no second
    // call has to find out. After a hang-up no edge comes any more.
    if (bytes < into.size() && !readiness_.has_hung_up) readiness_.readable.reset();
    return {IoResult::Kind::kDone, bytes};
  }
  if (got == 0) return {IoResult::Kind::kEnd, 0};
  if (errno != EAGAIN) return {IoResult::Kind::kFailed, 0};
  readiness_.readable.reset();
  return {IoResult::Kind::kBlocked, 0};
}

IoResult SocketStream::try_write(std::string_view from) {
  if (descriptor_ < 0) return {IoResult::Kind::kFailed, 0};
  ssize_t sent = send(descriptor_, from.data(), from.size(), MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR)
    sent = send(descriptor_, from.data(), from.size(), MSG_NOSIGNAL);
  if (sent > 0) return {IoResult::Kind::kDone, static_cast<std::size_t>(sent)};
  if (sent < 0 && errno != EAGAIN) return {IoResult::Kind::kFailed, 0};
  readiness_.writable.reset();
  return {IoResult::Kind::kBlocked, 0};
}

void SocketStream::shutdown_write() {
  if (descriptor_ >= 0) shutdown(descriptor_, SHUT_WR);
}

void SocketStream::close() {
  if (descriptor_ < 0) return;
  worker_.unwatch(descriptor_, readiness_);
  ::close(descriptor_);
  descriptor_ = -1;
  readiness_.readable.set();
  readiness_.writable.set();
}

async::Task<Result<std::unique_ptr<SocketStream>>> connect(async::Worker& worker, Endpoint to,
                                                           Deadline deadline) {
  const SocketAddress address(to);
  const int descriptor = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) co_return connect_failed(errno);
  auto stream = SocketStream::adopt(worker, descriptor);
  if (!stream) co_return std::unexpected(stream.error());
  int error = ::connect(descriptor, address.get(), address.size()) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    (*stream)->readiness().writable.reset();
    const auto wake = co_await (*stream)->wait_writable(deadline);
    if (wake == async::Wake::kTimedOut) {
      co_return fail(ErrorCode::kUpstreamTimeout, "The answering service can't be reached.",
                     "connect: timed out");
    }
    socklen_t length = sizeof error;
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
  }
  if (error != 0) co_return connect_failed(error);
  co_return std::move(*stream);
}

void set_user_timeout(SocketStream& stream, Duration timeout) {
  const auto ms =
      static_cast<unsigned>(std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count());
  setsockopt(stream.descriptor(), IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
}

}  // namespace gatehouse::net
