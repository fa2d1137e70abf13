#include "gatehouse/http/client.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "client_connection.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::http {

using telemetry::Counter;

Result<Upstream> Upstream::parse(std::string_view url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed)
    return fail(ErrorCode::kInvalid, "is not a URL. Write it like https://api.example.com/v1.");
  const auto& view = *parsed;
  Upstream upstream;
  upstream.is_secure = view.scheme_id() == boost::urls::scheme::https;
  if (!upstream.is_secure && view.scheme_id() != boost::urls::scheme::http) {
    return fail(ErrorCode::kInvalid, "must begin with http:// or https://.");
  }
  if (view.has_userinfo())
    return fail(ErrorCode::kInvalid, "must not hold a user name or password.");
  if (view.has_query() || view.has_fragment())
    return fail(ErrorCode::kInvalid, "must not have a query or fragment.");
  upstream.host = view.host_address();
  if (upstream.host.empty()) return fail(ErrorCode::kInvalid, "names no host.");
  upstream.port = upstream.is_secure ? 443 : 80;
  if (view.has_port()) upstream.port = view.port_number();
  if (upstream.port == 0)
    return fail(ErrorCode::kInvalid, "has a port that is no number from 1 to 65535.");
  upstream.base_path = view.encoded_path();
  while (upstream.base_path.ends_with('/')) upstream.base_path.pop_back();
  return upstream;
}

std::string Upstream::host_header() const {
  const auto address = IpAddress::parse(host);
  std::string out = address && !address->is_v4() ? "[" + host + "]" : host;
  if (port != (is_secure ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

ClientResponse::ClientResponse(ClientPool& pool, std::unique_ptr<ClientConnection> connection)
    : pool_(&pool), connection_(std::move(connection)) {}

ClientResponse::ClientResponse(ClientResponse&&) noexcept = default;

ClientResponse::~ClientResponse() {
  if (connection_ && connection_->is_reusable()) pool_->give_back(std::move(connection_));
}

const codec::ResponseHead& ClientResponse::head() const { return connection_->head(); }

async::Task<Result<std::string_view>> ClientResponse::read(async::Cancellation& cancellation,
                                                           Deadline deadline) {
  return connection_->read_body(cancellation, deadline);
}

async::Task<void> ClientResponse::read_end(Duration wait, async::Cancellation& cancellation) {
  const auto piece = co_await connection_->read_body(cancellation, pool_->worker_.in(wait));
  // More content, a time-out or a failure: the connection is not reusable and is dropped with the
  // response.
  static_cast<void>(piece);
}

async::Task<Result<std::string>> ClientResponse::read_all(std::size_t limit_bytes,
                                                          async::Cancellation& cancellation,
                                                          Deadline deadline) {
  std::string all;
  while (true) {
    const auto piece = co_await connection_->read_body(cancellation, deadline);
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return all;
    if (all.size() + piece->size() > limit_bytes) {
      co_return fail(
          ErrorCode::kUpstreamFailed, "The answering service failed. Try again in a moment.",
          "the backend's answer is larger than " + std::to_string(limit_bytes) + " bytes");
    }
    all += *piece;
  }
}

ClientPool::ClientPool(async::Worker& worker, net::Resolver& resolver,
                       std::shared_ptr<const net::TlsContext> tls, Upstream upstream,
                       ClientLimits limits, telemetry::Counters& counters)
    : worker_(worker),
      resolver_(resolver),
      tls_(std::move(tls)),
      upstream_(std::move(upstream)),
      host_header_(upstream_.host_header()),
      limits_(limits),
      counters_(counters) {}

ClientPool::~ClientPool() = default;

std::unique_ptr<ClientConnection> ClientPool::take_idle() {
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());  // the most recent: the likeliest to be alive
    idle_.pop_back();
    if (worker_.now() - connection->idle_since > limits_.keep_idle) {
      idle_.clear();  // all others are older
      break;
    }
    if (!connection->is_stale()) return connection;
  }
  return nullptr;
}

void ClientPool::give_back(std::unique_ptr<ClientConnection> connection) {
  if (idle_.size() >= limits_.idle_connections_per_upstream) return;
  connection->idle_since = worker_.now();
  idle_.push_back(std::move(connection));
}

async::Task<Result<std::unique_ptr<ClientConnection>>> ClientPool::connect(Deadline deadline) {
  const Deadline by = deadline.earlier(worker_.in(limits_.connect_timeout));
  auto addresses = co_await resolver_.resolve(worker_, upstream_.host);
  if (!addresses) co_return std::unexpected(addresses.error());
  Error last{.code = ErrorCode::kUpstreamFailed,
             .client_message = "The answering service can't be reached.",
             .log_message = upstream_.host + " has no address that may be used"};
  for (const auto& address : *addresses) {
    // Checked on the address that is connected to, so a name can't resolve to something else in
    // between.
    if (address.is_special() && !upstream_.may_be_private) {
      last.log_message = upstream_.host + " resolves to the internal address " +
                         address.to_string() + ", which is refused";
      continue;
    }
    auto socket = co_await net::connect(worker_, {address, upstream_.port}, by);
    if (!socket) {
      last = socket.error();
      continue;
    }
    counters_.add(Counter::kUpstreamConnections);
    std::unique_ptr<net::ByteStream> stream;
    if (upstream_.is_secure) {
      auto secured = co_await net::connect_tls(tls_, std::move(*socket), upstream_.host, by);
      if (!secured) co_return std::unexpected(secured.error());
      stream = std::move(*secured);
    } else {
      stream = std::move(*socket);
    }
    co_return std::make_unique<ClientConnection>(worker_, std::move(stream), limits_);
  }
  co_return std::unexpected(last);
}

std::string ClientPool::format(const ClientRequest& request) const {
  std::string out;
  out.reserve(request.target.size() + request.prepared_lines.size() +
              request.headers.lines().size() + request.body.size() + 256);
  out.append(request.method).append(" ").append(upstream_.base_path).append(request.target);
  out.append(" HTTP/1.1\r\nHost: ").append(host_header_).append("\r\n");
  out.append(request.prepared_lines).append(request.headers.lines());
  if (!request.body.empty()) {
    out += "Content-Length: ";
    append_number(out, request.body.size());
    out += "\r\n";
  }
  out.append("\r\n").append(request.body);
  return out;
}

async::Task<Result<ClientResponse>> ClientPool::send(const ClientRequest& request,
                                                     async::Cancellation& cancellation,
                                                     Deadline deadline) {
  counters_.add(Counter::kUpstreamRequests);
  const std::string bytes = format(request);
  const bool is_head = request.method == "HEAD";
  auto connection = take_idle();
  const bool was_pooled = connection != nullptr;
  for (bool is_first = true;; is_first = false) {
    if (!connection) {
      auto made = co_await connect(deadline);
      if (!made) {
        counters_.add(Counter::kUpstreamFailures);
        co_return std::unexpected(made.error());
      }
      connection = std::move(*made);
    }
    bool has_answered = false;
    if (request.was_sent != nullptr) *request.was_sent = true;
    const auto done =
        co_await connection->exchange(bytes, is_head, cancellation, deadline, has_answered);
    if (done) co_return ClientResponse(*this, std::move(connection));
    const bool may_be_repeated = was_pooled && is_first && !request.is_sent_once;
    const bool was_dead =
        may_be_repeated && !has_answered && done.error().code == ErrorCode::kUpstreamFailed;
    if (!was_dead) {
      if (done.error().code != ErrorCode::kCancelled) counters_.add(Counter::kUpstreamFailures);
      co_return std::unexpected(done.error());
    }
    connection.reset();
  }
}

}  // namespace gatehouse::http
