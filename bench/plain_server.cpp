#include "plain_server.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

namespace gatehouse::bench {
namespace {

using net::IoResult;

constexpr std::size_t kReadBytes = 16 * 1024;

async::Task<void> serve_descriptor(async::Worker& worker, const Serve& serve, int descriptor) {
  auto stream = net::SocketStream::adopt(worker, descriptor);
  if (stream) co_await serve(std::move(*stream));
}

[[noreturn]] void report(std::string_view task, const std::exception_ptr&) {
  std::fprintf(stderr, "%.*s ended with an exception\n", static_cast<int>(task.size()),
               task.data());
  std::abort();
}

}  // namespace

async::Task<bool> PlainConnection::fill() {
  while (true) {
    if (used_ == in_.size()) {
      in_.clear();
      used_ = 0;
    }
    const std::size_t had = in_.size();
    IoResult io;
    in_.resize_and_overwrite(had + kReadBytes, [&](char* data, std::size_t) {
      io = stream_->try_read({data + had, kReadBytes});
      return had + (io.kind == IoResult::Kind::kDone ? io.bytes : 0);
    });
    if (io.kind == IoResult::Kind::kDone) co_return true;
    if (io.kind != IoResult::Kind::kBlocked) co_return false;
    co_await stream_->wait_readable(Deadline::never());
  }
}

async::Task<bool> PlainConnection::next() {
  scanner_.reset();
  while (true) {
    const auto state = scanner_.scan(unread());
    if (state == codec::HeadScanner::State::kBareLineFeed) co_return false;
    if (state == codec::HeadScanner::State::kComplete) break;
    const bool has_more = co_await fill();
    if (!has_more) co_return false;
  }
  const std::size_t head_bytes = scanner_.head_bytes();
  if (codec::parse_request_head(unread().substr(0, head_bytes), {}, head_)) co_return false;
  if (head_.framing == codec::BodyFraming::kChunked) co_return false;
  const auto body_bytes = static_cast<std::size_t>(head_.content_length);
  while (unread().size() < head_bytes + body_bytes) {
    const bool has_more = co_await fill();
    if (!has_more) co_return false;
    head_.rebase(in_.data() + used_);  // the buffer may have moved
  }
  body_ = unread().substr(head_bytes, body_bytes);
  used_ += head_bytes + body_bytes;
  co_return true;
}

async::Task<bool> PlainConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const IoResult io = stream_->try_write(bytes);
    if (io.kind == IoResult::Kind::kDone) {
      bytes.remove_prefix(io.bytes);
    } else if (io.kind == IoResult::Kind::kBlocked) {
      co_await stream_->wait_writable(Deadline::never());
    } else {
      co_return false;
    }
  }
  co_return true;
}

int run_plain_server(std::uint16_t port, const std::function<Serve(async::Worker&)>& start) {
  const SystemClock clock;
  async::Worker worker(clock, 0);
  async::TaskGroup tasks(worker, report);
  const net::Endpoint loopback{.address = *IpAddress::parse("127.0.0.1"), .port = port};
  auto listener = net::Listener::open(worker, loopback);
  if (!listener) {
    std::fprintf(stderr, "%s\n", listener.error().client_message.c_str());
    return 1;
  }
  const Serve serve = start(worker);
  std::printf("port %u\n", static_cast<unsigned>((*listener)->endpoint().port));
  std::fflush(stdout);
  tasks.spawn("listener", (*listener)->run([&](int descriptor, const net::Endpoint&) {
    tasks.spawn("connection", serve_descriptor(worker, serve, descriptor));
  }));
  worker.run();  // for ever: the process is ended by a signal
  return 0;
}

std::string_view option(const std::vector<std::string_view>& arguments, std::string_view name,
                        std::string_view otherwise) {
  const auto found = std::ranges::find(arguments, name);
  if (found == arguments.end() || found + 1 == arguments.end()) return otherwise;
  return *(found + 1);
}

}  // namespace gatehouse::bench
