// A connection in its tests: the server's side of one client, with routes that a test makes.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connection.hpp"
#include "gatehouse/async/task_group.hpp"
#include "gatehouse/async/testing/stepped_worker.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/net/testing/memory_stream.hpp"

namespace gatehouse::server::testing {

// Says what it was asked.
class EchoHandler final : public Handler {
 public:
  async::Task<void> handle(guard::Admitted<http::Request> request,
                           http::ResponseWriter& writer) override {
    writer.send({}, std::string(request->head.path()) + "|" + std::string(request->body));
    co_return;
  }
};

// Says it in pieces.
class PiecesHandler final : public Handler {
 public:
  async::Task<void> handle(guard::Admitted<http::Request>, http::ResponseWriter& writer) override {
    writer.start({});
    writer.write("one");
    const auto flushed = co_await writer.flush();
    if (!flushed) co_return;
    writer.write("two");
    writer.finish();
  }
};

// Answers when it may.
class WaitingHandler final : public Handler {
 public:
  explicit WaitingHandler(async::Worker& worker) : may_answer(worker) {}
  async::Task<void> handle(guard::Admitted<http::Request>, http::ResponseWriter& writer) override {
    co_await may_answer.wait(Deadline::never());
    has_seen_client_leave = writer.client_left().is_cancelled();
    has_seen_drain = writer.draining().is_cancelled();
    if (answers) writer.send({}, std::string(answer_bytes, 'x'));
  }
  async::Signal may_answer;
  std::size_t answer_bytes = 4;
  bool answers = true;
  bool has_seen_client_leave = false;
  bool has_seen_drain = false;
};

// Ends without an answer: at once, with an exception, or in the middle of one.
class BadHandler final : public Handler {
 public:
  enum class Kind : std::uint8_t { kSilent, kThrows, kStartsAndThrows };
  explicit BadHandler(Kind kind) : kind_(kind) {}
  async::Task<void> handle(guard::Admitted<http::Request>, http::ResponseWriter& writer) override {
    if (kind_ == Kind::kStartsAndThrows) {
      writer.start({});
      writer.write("half");
    }
    if (kind_ == Kind::kSilent) co_return;
    static_cast<void>(std::string("an inside").at(99));  // throws
  }

 private:
  const Kind kind_;
};

// Reads the body itself, and answers with its size or with what went wrong.
class StreamHandler final : public Handler {
 public:
  async::Task<void> handle(guard::Admitted<http::Request> request,
                           http::ResponseWriter& writer) override {
    http::BodyReader& body = *request->stream;
    seen.clear();
    while (true) {
      const auto piece = co_await body.read();
      if (!piece) {
        writer.send({.status = 400, .headers = {}}, name_of(piece.error().code));
        co_return;
      }
      if (piece->empty()) break;
      if (waits_for != nullptr) co_await waits_for->wait(Deadline::never());
      seen += *piece;
    }
    has_seen_client_leave = writer.client_left().is_cancelled();
    writer.send({}, std::to_string(seen.size()));
  }
  async::Signal* waits_for = nullptr;  // with each piece
  std::string seen;
  bool has_seen_client_leave = false;
};

// Leaves HTTP, and says back what comes, until the client or the server ends it.
class UpgradingHandler final : public Handler {
 public:
  explicit UpgradingHandler(async::Worker& worker) : worker_(worker) {}
  async::Task<void> handle(guard::Admitted<http::Request> request,
                           http::ResponseWriter& writer) override {
    if (request->upgrade == nullptr) co_return writer.send({.status = 400, .headers = {}}, "");
    http::ResponseHead head{.status = 101, .headers = {}};
    head.headers.add("Upgrade", "echo");
    auto upgraded = co_await request->upgrade->accept(head);
    if (!upgraded) co_return;
    net::ByteStream& stream = *upgraded->stream;
    stream.try_write(upgraded->received);
    std::array<char, 100> piece;
    const async::Cancellation::Watch draining(writer.draining(), [&stream] { stream.close(); });
    while (true) {
      const auto io = stream.try_read(piece);
      const bool is_blocked = io.kind == net::IoResult::Kind::kBlocked;
      if (!is_blocked && io.kind != net::IoResult::Kind::kDone) break;
      if (is_blocked) {
        co_await stream.wait_readable(worker_.in(std::chrono::hours(1)));
      } else {
        stream.try_write({piece.data(), io.bytes});
      }
    }
    has_ended = true;
  }
  bool has_ended = false;

 private:
  async::Worker& worker_;
};

class AdmitsAll final : public guard::RateStore {
 public:
  guard::RateOutcome try_decide(std::span<const guard::RateCharge>,
                                std::uint64_t) noexcept override {
    guard::RateOutcome outcome{.status = guard::RateStatus::kDecided};
    outcome.decision.is_admitted = true;
    return outcome;
  }
  void settle(const guard::RateReservation&, std::uint32_t) noexcept override {}
};

class KeepsNone final : public guard::Explanations {
 public:
  void add(guard::Explanation) noexcept override {}
};

class ServedConnection : public ::testing::Test {
 protected:
  static constexpr std::size_t kBodyLimitBytes = 100'000;

  ServedConnection() {
    connection_.emplace(context_, peer_.stream(), net::Endpoint{*IpAddress::parse("192.0.2.1")},
                        Connection::Terms{});
    tasks_.spawn("connection", connection_->run());
    worker_.settle();
  }
  ~ServedConnection() override {
    waiting_.may_answer.set();
    connection_->close();
    worker_.settle();
  }

  // What the server says to it.
  std::string ask(std::string_view bytes) {
    peer_.send(bytes);
    worker_.settle();
    return peer_.take();
  }
  std::string advance(Duration by) {
    worker_.advance(by);
    return peer_.take();
  }
  void drain() {
    connection_->drain();
    worker_.settle();
  }
  bool has_ended() const { return tasks_.size() == 0; }

  static Route route(codec::Method method, std::string path, Handler& handler) {
    return {.method = method,
            .path = std::move(path),
            .rules = {.body_limit_bytes = kBodyLimitBytes},
            .handler = &handler};
  }
  std::vector<Route> routes() {
    using enum codec::Method;
    std::vector<Route> routes{
        route(kGet, "/a", echo_),          route(kGet, "/b", echo_),
        route(kPost, "/echo", echo_),      route(kGet, "/wait", waiting_),
        route(kGet, "/silent", silent_),   route(kGet, "/throws", throwing_),
        route(kGet, "/breaks", breaking_), route(kPost, "/stream", streaming_),
        route(kGet, "/pieces", pieces_),   route(kPost, "/ignore", echo_),
        route(kGet, "/up", upgrading_),    route(kPost, "/up", upgrading_)};
    for (auto& row : routes) row.streams_body = row.path == "/stream" || row.path == "/ignore";
    return routes;
  }
  static std::shared_ptr<const PipelineSettings> settings() {
    auto made = std::make_shared<PipelineSettings>();
    made->policy.hosts = {"h"};
    return made;
  }

  async::testing::SteppedWorker worker_;
  net::testing::MemoryPeer peer_{*worker_};
  EchoHandler echo_;
  PiecesHandler pieces_;
  WaitingHandler waiting_{*worker_};
  BadHandler silent_{BadHandler::Kind::kSilent};
  BadHandler throwing_{BadHandler::Kind::kThrows};
  BadHandler breaking_{BadHandler::Kind::kStartsAndThrows};
  StreamHandler streaming_;
  UpgradingHandler upgrading_{*worker_};

  SecureRandom random_;
  telemetry::Counters counters_;
  telemetry::Log log_{worker_.clock(), telemetry::Level::kError,
                      std::make_shared<telemetry::LogRing>()};
  const guard::RateClock rate_clock_{worker_.clock()};
  const guard::RateLimits rate_limits_{
      *guard::make_rate_limit_policy("balanced"), "default", {.low = 1, .high = 2}};
  AdmitsAll rates_;
  guard::Escalation escalation_{worker_.clock(), random_, {}};
  guard::Places places_{{}, 7};
  guard::SessionWatch session_watch_{7};
  guard::CadenceTable cadence_{7};
  guard::ExplanationSampler sampler_;
  KeepsNone explanations_;
  guard::Pipeline guards_{{worker_.clock(), rate_clock_, rate_limits_, rates_, escalation_, places_,
                           session_watch_, cadence_, sampler_, explanations_},
                          log_,
                          counters_};
  identity::VisitorSessions sessions_{worker_.clock(), random_, Secret(std::string(32, 's')),
                                      "default", std::chrono::hours(1)};
  identity::ApiKeys keys_{worker_.clock(), random_};
  identity::AccountSessions accounts_{worker_.clock(), random_, Secret(std::string(32, 's')), {}};
  const identity::Authenticator authenticator_{sessions_, accounts_, keys_, {}, random_};
  const Router router_{routes()};
  RequestPipeline pipeline_{router_, guards_, authenticator_, settings(), log_, counters_, random_};
  const ServerLimits limits_;
  BufferPool buffers_;
  DateLine date_{worker_.clock()};
  ConnectionContext context_{*worker_, pipeline_, limits_, counters_, buffers_, date_};
  std::optional<Connection> connection_;
  async::TaskGroup tasks_{*worker_, [](std::string_view, std::exception_ptr exception) {
                            std::rethrow_exception(exception);
                          }};
};

}  // namespace gatehouse::server::testing
