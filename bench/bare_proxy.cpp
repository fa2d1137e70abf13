// Gatehouse's own path without guards, JSON and accounts: what is left when everything that makes
// it a gateway is taken away. The benches subtract it. A build target, never a setting.
//
//   gatehouse-bare --upstream http://127.0.0.1:9000/v1 [--port 0]
#include <cstdio>
#include <string>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/http/client.hpp"
#include "gatehouse/server/pipeline_settings.hpp"
#include "http1_writer.hpp"
#include "plain_server.hpp"

namespace gatehouse::bench {
namespace {

using codec::HeaderId;

constexpr std::size_t kMaxReplyBytes = 8 * 1024 * 1024;

class BareProxy {
 public:
  BareProxy(async::Worker& worker, http::Upstream upstream)
      : worker_(worker),
        lookups_("lookups", 1, 16),
        resolver_(lookups_),
        counters_(1),
        pool_(worker, resolver_, nullptr, std::move(upstream), {}, counters_.of_worker(0)),
        date_(worker.clock()),
        common_lines_(server::security_header_lines(false)) {}

  async::Task<void> serve(std::unique_ptr<net::ByteStream> stream) {
    PlainConnection connection(worker_, std::move(stream));
    server::Http1Writer writer(worker_, connection.stream(), limits_, counters_.of_worker(0),
                               date_);
    bool goes_on = true;
    while (goes_on) {
      goes_on = co_await connection.next();
      if (!goes_on) break;
      goes_on = co_await forward(connection, writer);
    }
  }

 private:
  async::Task<bool> forward(PlainConnection& connection, server::Http1Writer& writer) {
    const auto& head = connection.head();
    writer.begin({.lines = {},
                  .request_id = "bare",
                  .common_lines = common_lines_,
                  .keeps_alive = head.keeps_alive});
    // Below the upstream's base path, as Gatehouse's responder asks for it.
    const auto target = head.path().starts_with("/v1") ? head.path().substr(3) : head.path();
    http::ClientRequest request{.method = head.method_text(),
                                .target = target,
                                .prepared_lines = "Content-Type: application/json\r\n",
                                .headers = {},
                                .body = connection.body()};
    request.headers.add("Authorization", head.get(HeaderId::kAuthorization));
    const Deadline deadline = worker_.in(std::chrono::minutes(10));
    auto response = co_await pool_.send(request, writer.client_left(), deadline);
    if (!response) {
      std::fprintf(stderr, "upstream: %s\n", std::string(response.error().for_log()).c_str());
      co_return false;
    }
    co_return co_await relay(*response, writer, deadline);
  }

  async::Task<bool> relay(http::ClientResponse& response, server::Http1Writer& writer,
                          Deadline deadline) {
    const bool is_stream = response.head().framing == codec::BodyFraming::kChunked;
    http::ResponseHead head;
    head.status = response.head().status;
    head.headers.add("Content-Type", response.head().get(HeaderId::kContentType));
    if (!is_stream) {
      const auto body = co_await response.read_all(kMaxReplyBytes, writer.client_left(), deadline);
      if (!body) co_return false;
      writer.send(head, *body);
    } else {
      writer.start(head);
      const bool is_whole = co_await relay_pieces(response, writer, deadline);
      if (!is_whole) co_return false;
      writer.finish();
    }
    const auto flushed = co_await writer.flush();
    co_return flushed&& writer.keeps_alive();
  }

  // Each piece goes on as soon as it comes.
  async::Task<bool> relay_pieces(http::ClientResponse& response, server::Http1Writer& writer,
                                 Deadline deadline) {
    while (true) {
      const auto piece = co_await response.read(writer.client_left(), deadline);
      if (!piece) co_return false;
      if (piece->empty()) co_return true;
      writer.write(*piece);
      const auto flushed = co_await writer.flush();
      if (!flushed) co_return false;
    }
  }

  async::Worker& worker_;
  async::BlockingPool lookups_;
  net::SystemResolver resolver_;
  telemetry::CounterSet counters_;
  http::ClientPool pool_;
  const server::ServerLimits limits_;
  server::DateLine date_;
  const std::string common_lines_;
};

}  // namespace
}  // namespace gatehouse::bench

int main(int count, char** values) {
  using namespace gatehouse;
  const std::vector<std::string_view> arguments(values + 1, values + count);
  const auto port = parse_u64(bench::option(arguments, "--port", "0"));
  auto upstream = http::Upstream::parse(bench::option(arguments, "--upstream", ""));
  if (!port || *port > 65535 || !upstream) {
    std::fputs("usage: gatehouse-bare --upstream http://127.0.0.1:9000/v1 [--port N]\n", stderr);
    return 2;
  }
  upstream->may_be_private = true;
  return bench::run_plain_server(
      static_cast<std::uint16_t>(*port), [&upstream](async::Worker& worker) -> bench::Serve {
        auto proxy = std::make_shared<bench::BareProxy>(worker, *upstream);
        return [proxy](std::unique_ptr<net::ByteStream> stream) {
          return proxy->serve(std::move(stream));
        };
      });
}
