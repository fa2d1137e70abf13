// The little HTTP server that the programs of the benches share, on Gatehouse's own layers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/codec/http1_head.hpp"
#include "gatehouse/net/listener.hpp"

namespace gatehouse::bench {

// One connection: takes request after request with its whole body. No timeouts and no chunked
// bodies: its clients are wrk and our own client.
class PlainConnection {
 public:
  PlainConnection(async::Worker& worker, std::unique_ptr<net::ByteStream> stream)
      : worker_(worker), stream_(std::move(stream)) {}

  // False when the client has left, or sent what is not a request.
  async::Task<bool> next();
  // False when the client has left.
  async::Task<bool> write(std::string_view bytes);

  // Of the request last taken; valid until next() is called again.
  const codec::RequestHead& head() const { return head_; }
  std::string_view body() const { return body_; }
  async::Worker& worker() { return worker_; }
  net::ByteStream& stream() { return *stream_; }

 private:
  async::Task<bool> fill();
  std::string_view unread() const { return std::string_view(in_).substr(used_); }

  async::Worker& worker_;
  std::unique_ptr<net::ByteStream> stream_;
  std::string in_;
  std::size_t used_ = 0;  // of it, taken by requests before
  codec::HeadScanner scanner_;
  codec::RequestHead head_;
  std::string_view body_;
};

using Serve = std::function<async::Task<void>(std::unique_ptr<net::ByteStream>)>;

// Listens on loopback, prints "port <n>", and serves each connection until the process is ended.
// `start` is called once with the worker and returns what serves a connection.
int run_plain_server(std::uint16_t port, const std::function<Serve(async::Worker&)>& start);

// The value behind "--name", or `otherwise`.
std::string_view option(const std::vector<std::string_view>& arguments, std::string_view name,
                        std::string_view otherwise);

}  // namespace gatehouse::bench
