#include "gatehouse/openid/http_transport.hpp"

#include <algorithm>

namespace gatehouse::openid {
namespace {

using identity::openid::ProviderAnswer;
using identity::openid::ProviderCall;

constexpr Duration kConnectTimeout = std::chrono::seconds(5);

struct Target {
  http::Upstream upstream;
  std::string path;  // with its query
};

Result<Target> target_of(std::string_view url) {
  const auto end = std::min(url.find_first_of("/?", url.find("://") + 3), url.size());
  auto upstream = http::Upstream::parse(url.substr(0, end));
  if (!upstream) return std::unexpected(upstream.error());
  std::string path(url.substr(end));
  if (!path.starts_with('/')) path.insert(0, "/");
  return Target{.upstream = std::move(*upstream), .path = std::move(path)};
}

std::string host_of(std::string_view url) {
  const auto target = target_of(url);
  return target ? target->upstream.host : std::string();
}

http::ClientLimits limits() {
  http::ClientLimits limits;
  limits.connect_timeout = kConnectTimeout;
  limits.first_byte_timeout = HttpTransport::kTimeout;
  limits.idle_timeout = HttpTransport::kTimeout;
  limits.body_bytes = HttpTransport::kMaxAnswerBytes;
  limits.idle_connections_per_upstream = 0;
  return limits;
}

}  // namespace

HttpTransport::HttpTransport(async::Worker& worker, net::Resolver& resolver,
                             std::shared_ptr<const net::TlsContext> tls, std::string_view issuer,
                             telemetry::Counters& counters)
    : worker_(worker),
      resolver_(resolver),
      tls_(std::move(tls)),
      issuer_host_(host_of(issuer)),
      counters_(counters) {}

async::Task<Result<ProviderAnswer>> HttpTransport::call(ProviderCall call,
                                                        async::Cancellation& cancellation) {
  auto target = target_of(call.url);
  if (!target) {
    co_return fail(ErrorCode::kUpstreamFailed, "The provider can't be reached.",
                   target.error().client_message);
  }
  target->upstream.may_be_private = target->upstream.host == issuer_host_;
  http::ClientPool pool(worker_, resolver_, tls_, std::move(target->upstream), limits(), counters_);
  http::ClientRequest request{.method = call.form ? "POST" : "GET",
                              .target = target->path,
                              .prepared_lines =
                                  "User-Agent: gatehouse\r\n"
                                  "Accept: application/json\r\n",
                              .headers = {},
                              .body = {}};
  if (call.form) {
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = *call.form;
  }
  if (!call.authorization.empty()) request.headers.add("Authorization", call.authorization);
  const Deadline deadline = worker_.in(kTimeout);
  auto response = co_await pool.send(request, cancellation, deadline);
  if (!response) co_return std::unexpected(response.error());
  const std::uint16_t status = response->head().status;
  auto body = co_await response->read_all(kMaxAnswerBytes, cancellation, deadline);
  if (!body) co_return std::unexpected(body.error());
  co_return ProviderAnswer{.status = status, .body = std::move(*body)};
}

}  // namespace gatehouse::openid
