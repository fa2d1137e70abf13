// The client against a backend on loopback that answers as its script says.
#include "gatehouse/http/client.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/net/listener.hpp"

namespace gatehouse::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void rethrow(std::string_view, std::exception_ptr exception) { std::rethrow_exception(exception); }

class FixedResolver final : public net::Resolver {
 public:
  explicit FixedResolver(std::string address) : address_(*IpAddress::parse(address)) {}
  async::Task<Result<std::vector<IpAddress>>> resolve(async::Worker&, std::string) override {
    co_return std::vector{address_};
  }
  async::Task<Result<std::string>> name_of(async::Worker&, IpAddress) override {
    co_return std::string();
  }

 private:
  const IpAddress address_;
};

// What the backend does with one request: its bytes, and whether it closes afterwards. No bytes:
// it says nothing.
struct Reply {
  std::string bytes;
  bool closes = false;
};

class Backend {
 public:
  explicit Backend(async::Worker& worker)
      : worker_(worker),
        listener_(net::Listener::open(worker, {*IpAddress::parse("127.0.0.1"), 0}).value()),
        tasks_(worker, rethrow) {
    tasks_.spawn("accept", listener_->run([this](int descriptor, net::Endpoint) {
      ++connections;
      auto stream = net::SocketStream::adopt(worker_, descriptor);
      tasks_.spawn("serve", serve(std::move(*stream)));
    }));
  }
  std::uint16_t port() const { return listener_->endpoint().port; }
  async::Task<void> stop() {
    listener_->close();
    for (auto* stream : open_) stream->close();
    co_await tasks_.join();
  }

  std::deque<Reply> replies;
  std::vector<std::string> requests;
  int connections = 0;
  int left = 0;  // connections that the client closed

 private:
  async::Task<void> serve(std::unique_ptr<net::SocketStream> stream) {
    open_.push_back(stream.get());
    std::string in;
    bool is_open = true;
    while (is_open) {
      is_open = co_await read_request(*stream, in);
      if (!is_open) break;
      requests.push_back(in);
      in.clear();
      if (replies.empty()) continue;
      const Reply reply = replies.front();
      replies.pop_front();
      stream->try_write(reply.bytes);
      if (reply.closes) break;
    }
    std::erase(open_, stream.get());
    stream->close();
  }
  async::Task<bool> read_request(net::SocketStream& stream, std::string& in) {
    while (!in.contains("\r\n\r\n")) {
      std::array<char, 4096> bytes;
      const auto io = stream.try_read(bytes);
      if (io.kind == net::IoResult::Kind::kDone) {
        in.append(bytes.data(), io.bytes);
      } else if (io.kind == net::IoResult::Kind::kBlocked) {
        co_await stream.wait_readable(Deadline::never());
      } else {
        ++left;
        co_return false;
      }
    }
    co_return true;
  }

  async::Worker& worker_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<net::SocketStream*> open_;
  async::TaskGroup tasks_;
};

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

class ClientTest : public testing::Test {
 public:
  // Runs `body` on the worker, then stops the backend.
  void run(async::Task<void> body) {
    async::TaskGroup group(worker, rethrow);
    worker.post([&] {
      group.spawn("body", [](ClientTest& test, async::Task<void> inner) -> async::Task<void> {
        co_await std::move(inner);
        test.made_pool.reset();
        co_await test.backend.stop();
        test.worker.stop();
      }(*this, std::move(body)));
    });
    worker.run();
  }
  ClientPool& pool(bool may_be_private = true, ClientLimits limits = {}) {
    auto upstream =
        Upstream::parse("http://backend.test:" + std::to_string(backend.port())).value();
    upstream.may_be_private = may_be_private;
    made_pool = std::make_unique<ClientPool>(worker, resolver, nullptr, upstream, limits,
                                             counters.of_worker(0));
    return *made_pool;
  }
  async::Task<Result<std::string>> get(ClientPool& pool, Deadline deadline) {
    const ClientRequest request{.target = "/x", .headers = {}, .body = {}};
    auto response = co_await pool.send(request, cancellation, deadline);
    if (!response) co_return std::unexpected(response.error());
    co_return co_await response->read_all(1 << 20, cancellation, deadline);
  }
  Deadline soon() { return worker.in(seconds(5)); }
  static std::string code(const auto& result) {
    return result ? "ok" : std::string(name_of(result.error().code));
  }

  SystemClock clock;
  async::Worker worker{clock, 0};
  telemetry::CounterSet counters{1};
  FixedResolver resolver{"127.0.0.1"};
  Backend backend{worker};
  async::Cancellation cancellation;
  std::unique_ptr<ClientPool> made_pool;
};

TEST_F(ClientTest, UsesAConnectionAgainOnceItsBodyWasRead) {
  backend.replies = {{std::string(kHello)}, {std::string(kHello)}};
  run([](ClientTest& t) -> async::Task<void> {
    auto& pool = t.pool();
    for (int i = 0; i < 2; ++i) {
      const auto body = co_await t.get(pool, t.soon());
      EXPECT_EQ(body.value_or("failed"), "hello");
    }
  }(*this));
  EXPECT_EQ(backend.connections, 1);
  ASSERT_EQ(backend.requests.size(), 2U);
  EXPECT_TRUE(backend.requests[0].starts_with("GET /x HTTP/1.1\r\nHost: backend.test:"));
}

TEST_F(ClientTest, ClosesAConnectionWhoseBodyWasLeft) {
  backend.replies = {{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"}, {std::string(kHello)}};
  run([](ClientTest& t) -> async::Task<void> {
    auto& pool = t.pool();
    const ClientRequest request{.target = "/x", .headers = {}, .body = {}};
    {
      const auto response = co_await pool.send(request, t.cancellation, t.soon());
      EXPECT_EQ(code(response), "ok");
    }
    const auto body = co_await t.get(pool, t.soon());
    EXPECT_EQ(body.value_or("failed"), "hello");
  }(*this));
  EXPECT_EQ(backend.connections, 2);
}

TEST_F(ClientTest, AsksAgainOnceWhenAPooledConnectionWasDead) {
  backend.replies = {{std::string(kHello)}, {"", true}, {std::string(kHello)}};
  run([](ClientTest& t) -> async::Task<void> {
    auto& pool = t.pool();
    const auto first = co_await t.get(pool, t.soon());
    EXPECT_EQ(code(first), "ok");
    const auto second = co_await t.get(pool, t.soon());
    EXPECT_EQ(second.value_or("failed"), "hello");
  }(*this));
  EXPECT_EQ(backend.connections, 2);
}

TEST_F(ClientTest, DoesNotAskAgainWhatMayBeAskedOnlyOnce) {
  backend.replies = {{std::string(kHello)}, {"", true}};
  run([](ClientTest& t) -> async::Task<void> {
    auto& pool = t.pool();
    const auto first = co_await t.get(pool, t.soon());
    EXPECT_EQ(code(first), "ok");
    const ClientRequest once{.target = "/x", .headers = {}, .body = {}, .is_sent_once = true};
    const auto second = co_await pool.send(once, t.cancellation, t.soon());
    EXPECT_EQ(code(second), "upstream_failed");
  }(*this));
  EXPECT_EQ(backend.requests.size(), 2U);
}

TEST_F(ClientTest, DoesNotAskAgainOnAFreshConnection) {
  backend.replies = {{"", true}};
  run([](ClientTest& t) -> async::Task<void> {
    const auto answer = co_await t.get(t.pool(), t.soon());
    EXPECT_EQ(code(answer), "upstream_failed");
  }(*this));
  EXPECT_EQ(backend.requests.size(), 1U);
}

TEST_F(ClientTest, GivesUpOnABackendThatSaysNothing) {
  run([](ClientTest& t) -> async::Task<void> {
    const auto answer =
        co_await t.get(t.pool(true, {.first_byte_timeout = milliseconds(30)}), t.soon());
    EXPECT_EQ(code(answer), "upstream_timeout");
  }(*this));
}

TEST_F(ClientTest, GivesUpOnABodyThatStopsComing) {
  backend.replies = {{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"}};
  run([](ClientTest& t) -> async::Task<void> {
    const auto answer = co_await t.get(t.pool(true, {.idle_timeout = milliseconds(30)}), t.soon());
    EXPECT_EQ(code(answer), "upstream_timeout");
  }(*this));
}

TEST_F(ClientTest, NeverTakesHalfABodyForAWholeOne) {
  backend.replies = {{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true}};
  run([](ClientTest& t) -> async::Task<void> {
    const auto answer = co_await t.get(t.pool(), t.soon());
    EXPECT_EQ(code(answer), "upstream_failed");
  }(*this));
}

TEST_F(ClientTest, EndsWithItsCaller) {
  run([](ClientTest& t) -> async::Task<void> {
    async::TaskGroup canceller(t.worker, rethrow);
    canceller.spawn("cancel", [](ClientTest& test) -> async::Task<void> {
      async::Signal never(test.worker);
      co_await never.wait(test.worker.in(milliseconds(30)));
      test.cancellation.cancel();
    }(t));
    const auto answer = co_await t.get(t.pool(), t.soon());
    EXPECT_EQ(code(answer), "cancelled");
    co_await canceller.join();
  }(*this));
  EXPECT_EQ(backend.left, 1) << "the backend hears of it";
}

TEST_F(ClientTest, RefusesAnswersThatAreNoHttpOrTooLarge) {
  const std::string flood(40'000, 'x');
  for (const std::string& bytes :
       {std::string("SSH-2.0-OpenSSH\r\n\r\n"), "HTTP/1.1 200 OK\r\nX: " + flood + "\r\n\r\n",
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")}) {
    backend.replies.push_back({bytes, true});
  }
  backend.replies.push_back(
      {"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + std::string(64, 'x')});
  run([](ClientTest& t) -> async::Task<void> {
    auto& pool = t.pool(true, {.body_bytes = 32});
    for (int i = 0; i < 4; ++i) {
      const auto answer = co_await t.get(pool, t.soon());
      EXPECT_EQ(code(answer), "upstream_failed") << i;
    }
  }(*this));
}

TEST_F(ClientTest, RefusesInternalTargetsThatNobodyNamed) {
  run([](ClientTest& t) -> async::Task<void> {
    const auto answer = co_await t.get(t.pool(false), t.soon());
    EXPECT_EQ(code(answer), "upstream_failed");
    EXPECT_TRUE(!answer && answer.error().log_message.contains("internal address")) << code(answer);
  }(*this));
  EXPECT_EQ(backend.connections, 0);
}

TEST(Upstream, TakesHttpAddressesOnly) {
  const auto parsed = Upstream::parse("https://api.example.com/v1/");
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->is_secure);
  EXPECT_EQ(parsed->port, 443);
  EXPECT_EQ(parsed->base_path, "/v1");
  EXPECT_EQ(parsed->host_header(), "api.example.com");
  for (const std::string_view url :
       {"", "ftp://example.com", "http://user:word@example.com", "http://example.com/?q=1",
        "http://example.com/#x", "http://", "//example.com", "file:///etc/hosts"}) {
    EXPECT_FALSE(Upstream::parse(url)) << url;
  }
}

}  // namespace
}  // namespace gatehouse::http
