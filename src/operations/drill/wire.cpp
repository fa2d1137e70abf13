#include "wire.hpp"

#include <exception>

namespace gatehouse::operations {
namespace {

using net::IoResult;

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kMostBytes = 4 * 1024 * 1024;
constexpr Duration kConnectWait = std::chrono::seconds(5);
// A server that refuses a body may stop reading it: the answer is read then.
constexpr Duration kWriteWait = std::chrono::seconds(2);

void ignore_failure(std::string_view, const std::exception_ptr&) {}

}  // namespace

// One connection under way.
struct Wire::Talk {
  async::Worker& worker;
  net::ByteStream& stream;
  bool is_reply_to_head = false;
  std::string in;
  bool is_closed = false;

  // Takes what is there; false when the server has closed.
  bool read() {
    while (!is_closed && in.size() < kMostBytes) {
      const std::size_t had = in.size();
      IoResult io;
      in.resize_and_overwrite(had + kReadBytes, [&](char* data, std::size_t) {
        io = stream.try_read({data + had, kReadBytes});
        return had + (io.kind == IoResult::Kind::kDone ? io.bytes : 0);
      });
      if (io.kind == IoResult::Kind::kBlocked) return true;
      if (io.kind != IoResult::Kind::kDone) is_closed = true;
    }
    return !is_closed && in.size() < kMostBytes;
  }

  async::Task<bool> write(std::string_view bytes) {
    while (!bytes.empty()) {
      const IoResult io = stream.try_write(bytes);
      if (io.kind == IoResult::Kind::kDone) {
        bytes.remove_prefix(io.bytes);
        continue;
      }
      if (io.kind != IoResult::Kind::kBlocked) co_return false;
      const auto wake = co_await stream.wait_writable(worker.in(kWriteWait));
      if (wake == async::Wake::kTimedOut) co_return false;
    }
    co_return true;
  }

  // Reads until `until`, or until the server closes.
  async::Task<void> watch(Deadline until) {
    while (read() && !until.has_passed(worker.now())) {
      co_await stream.wait_readable(until);
    }
  }

  bool is_answered() const {
    const auto answers = read_answers(in, is_reply_to_head, is_closed);
    return !answers.empty() && answers.back().is_whole;
  }
};

Wire::Wire(const Clock& clock, http::Upstream server, std::shared_ptr<const net::TlsContext> tls)
    : clock_(clock),
      server_(std::move(server)),
      tls_(std::move(tls)),
      worker_(clock, 0),
      lookups_("names", 1, 16),
      resolver_(lookups_),
      upstream_(worker_),
      tasks_(worker_, ignore_failure),
      last_(worker_, ignore_failure),
      loop_("drill", 1, 1) {
  loop_.submit([this] { worker_.run(); });
}

Wire::~Wire() {
  worker_.post([this] { last_.spawn("finish", finish()); });
}

async::Task<void> Wire::finish() {
  upstream_.close();
  co_await tasks_.join();
  worker_.stop();
}

void Wire::call(async::Worker::Function function) {
  worker_.post([&] {
    function();
    done_.release();
  });
  done_.acquire();
}

void Wire::pause(Duration wait) {
  worker_.post([&] { tasks_.spawn("pause", run_pause(wait)); });
  done_.acquire();
}

async::Task<void> Wire::run_pause(Duration wait) {
  co_await async::Sleep(worker_, worker_.in(wait));
  done_.release();
}

Result<void> Wire::open_upstream(std::uint16_t port) {
  Result<void> opened;
  call([&] { opened = upstream_.open(tasks_, port); });
  return opened;
}

UpstreamSeen Wire::play(UpstreamScript script) {
  UpstreamSeen seen;
  call([&] { seen = upstream_.play(std::move(script)); });
  return seen;
}

Exchange Wire::exchange(const Script& script) {
  Exchange out;
  worker_.post([&] { tasks_.spawn("exchange", run_exchange(script, out)); });
  done_.acquire();
  return out;
}

async::Task<void> Wire::run_exchange(const Script& script, Exchange& out) {
  const TimePoint start = clock_.now();
  co_await talk(script, out);
  out.duration_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - start).count());
  done_.release();
}

async::Task<std::unique_ptr<net::ByteStream>> Wire::connect(Deadline deadline) {
  auto addresses = co_await resolver_.resolve(worker_, server_.host);
  if (!addresses) co_return nullptr;
  for (const auto& address : *addresses) {
    auto socket = co_await net::connect(worker_, {address, server_.port}, deadline);
    if (!socket) continue;
    if (!server_.is_secure) co_return std::move(*socket);
    auto secured = co_await net::connect_tls(tls_, std::move(*socket), server_.host, deadline);
    if (secured) co_return std::move(*secured);
  }
  co_return nullptr;
}

async::Task<void> Wire::talk(const Script& script, Exchange& out) {
  const auto stream = co_await connect(worker_.in(kConnectWait));
  out.is_connected = stream != nullptr;
  if (!out.is_connected) co_return;
  const Deadline end = worker_.in(script.wait);
  Talk talk{.worker = worker_, .stream = *stream, .is_reply_to_head = script.is_head, .in = {}};
  for (const auto& piece : script.pieces) {
    const bool is_written = co_await talk.write(piece);
    if (!is_written || end.has_passed(worker_.now())) break;
    if (script.pause == Duration::zero()) continue;
    co_await talk.watch(end.earlier(worker_.in(script.pause)));
    if (talk.is_closed) break;
  }
  while (talk.read() && !talk.is_answered() && !end.has_passed(worker_.now())) {
    co_await stream->wait_readable(end);
  }
  if (!talk.is_closed && script.linger > Duration::zero())
    co_await talk.watch(worker_.in(script.linger));
  out.is_closed = talk.is_closed;
  out.answers = read_answers(talk.in, script.is_head, talk.is_closed);
}

}  // namespace gatehouse::operations
