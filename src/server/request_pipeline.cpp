#include "request_pipeline.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/altcha.hpp"
#include "gatehouse/codec/header_values.hpp"
#include "gatehouse/codec/query.hpp"
#include "gatehouse/http/problem.hpp"

namespace gatehouse::server {
namespace {

using codec::HeaderId;
using codec::Method;
using telemetry::Counter;

constexpr std::size_t kMaxRequestIdCharacters = 64;
constexpr std::string_view kPreflightHeaders =
    "Authorization, Content-Type, Last-Event-ID, X-CSRF-Token, X-Gatehouse-Challenge, X-Request-Id";
constexpr std::string_view kExposedHeaders =
    "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, X-Gatehouse-Cache, Age";
constexpr std::string_view kPreflightSeconds = "600";

bool changes_state(Method method) {
  return method != Method::kGet && method != Method::kHead && method != Method::kOptions;
}

bool is_usable_request_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxRequestIdCharacters && std::ranges::all_of(id, [](char c) {
    const char lower = to_lower_ascii(c);
    return is_digit_ascii(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '_' || c == '.';
  });
}

// The trace id of a W3C traceparent: 00-<32 hex>-<16 hex>-<2 hex>.
std::string_view trace_id_of(std::string_view traceparent) {
  if (traceparent.size() != 55 || !traceparent.starts_with("00-") || traceparent[35] != '-')
    return {};
  const auto id = traceparent.substr(3, 32);
  const bool is_hex =
      std::ranges::all_of(id, [](char c) { return is_digit_ascii(c) || (c >= 'a' && c <= 'f'); });
  return is_hex && id.find_first_not_of('0') != std::string_view::npos ? id : std::string_view();
}

guard::ChallengeSolution solution_view(const codec::AltchaSolution& solution) {
  return {.algorithm = solution.algorithm,
          .challenge = solution.challenge,
          .number = solution.number,
          .salt = solution.salt,
          .signature = solution.signature};
}

guard::FirewallRequest firewall_request(const codec::RequestHead& head, const IpAddress& client,
                                        std::string_view body) {
  guard::FirewallRequest request{.method = std::string(head.method_text()),
                                 .target = std::string(head.target()),
                                 .is_http_1_0 = head.is_http_1_0,
                                 .client = client.to_string(),
                                 .headers = {},
                                 .body = std::string(body)};
  request.headers.reserve(head.size());
  for (std::size_t i = 0; i < head.size(); ++i)
    request.headers.emplace_back(head.name(i), head.value(i));
  return request;
}

// What is malformed counts as not sent: a new challenge follows.
std::optional<codec::AltchaSolution> read_solution(const codec::RequestHead& head) {
  const auto text = head.get(HeaderId::kXGatehouseChallenge);
  if (text.empty()) return std::nullopt;
  auto solution = codec::read_altcha_solution(text);
  if (!solution) return std::nullopt;
  return std::move(*solution);
}

}  // namespace

RequestPipeline::RequestPipeline(const Router& router, guard::Pipeline& guards,
                                 const identity::Authenticator& authenticator,
                                 std::shared_ptr<const PipelineSettings> settings,
                                 telemetry::Log& log, telemetry::Counters& counters, Random& random)
    : router_(router),
      guards_(guards),
      authenticator_(authenticator),
      settings_(std::move(settings)),
      log_(log),
      counters_(counters),
      id_prefix_(random_token(random, 9)) {}

bool RequestPipeline::is_trusted(const IpAddress& peer) const {
  return std::ranges::any_of(settings_->trusted_proxies,
                             [&](const IpPrefix& prefix) { return prefix.contains(peer); });
}

void RequestPipeline::choose_request_id(const codec::RequestHead& head, bool is_peer_trusted) {
  if (is_peer_trusted) {
    if (const auto id = head.get(HeaderId::kXRequestId); is_usable_request_id(id)) {
      request_id_ = id;
      return;
    }
    if (const auto trace = trace_id_of(head.get(HeaderId::kTraceparent)); !trace.empty()) {
      request_id_ = trace;
      return;
    }
  }
  // Unique without asking the kernel: a random prefix per worker and a count.
  request_id_ = id_prefix_;
  request_id_ += '-';
  request_id_ += std::to_string(++id_counter_);
}

namespace {

guard::BrowserMarks marks_of(const codec::RequestHead& head, bool is_order_known) {
  guard::BrowserMarks marks{.has_accept = head.has(HeaderId::kAccept),
                            .has_accept_encoding = head.has(HeaderId::kAcceptEncoding),
                            .is_order_known = is_order_known};
  bool has_met_encoding = false;
  for (std::size_t i = 0; i < head.size(); ++i) {
    const auto name = head.name(i);
    if (i == 0) marks.is_host_first = equals_ignoring_case(name, "Host");
    if (equals_ignoring_case(name, "Sec-CH-UA")) marks.has_client_hints = true;
    if (equals_ignoring_case(name, "Accept-Encoding")) has_met_encoding = true;
    if (!equals_ignoring_case(name, "Accept-Language")) continue;
    marks.has_accept_language = true;
    marks.is_language_before_encoding = !has_met_encoding;
  }
  return marks;
}

guard::TlsMarks marks_of(const net::ClientFingerprint& client) {
  return {.is_known = true,
          .offers_http2 = client.offers_http2,
          .offers_tls13 = client.offers_tls13,
          .has_grease = client.has_grease,
          .ja4 = client.ja4};
}

void add_marks(guard::RequestView& view, const Arrival& arrival, bool is_peer_trusted) {
  view.browser = marks_of(arrival.head, !is_peer_trusted);
  // Else it is the proxy's.
  if (!is_peer_trusted && arrival.tls_client != nullptr) view.tls = marks_of(*arrival.tls_client);
}

}  // namespace

guard::RequestView RequestPipeline::view_of(const Arrival& arrival, const Router::Match& match,
                                            const IpAddress& client, bool is_secure) const {
  const auto& head = arrival.head;
  return {.method = head.method_text(),
          .path = head.path(),
          .host = head.host(),
          .origin = head.get(HeaderId::kOrigin),
          .referer = head.get(HeaderId::kReferer),
          .fetch_site = head.get(HeaderId::kSecFetchSite),
          .content_type = head.get(HeaderId::kContentType),
          .content_encoding = head.get(HeaderId::kContentEncoding),
          .user_agent = head.get(HeaderId::kUserAgent),
          .request_id = request_id_,
          .body_bytes = head.content_length,
          .has_body = head.framing != codec::BodyFraming::kNone,
          .has_cookie = head.has(HeaderId::kCookie),
          .changes_state = changes_state(head.method),
          .is_secure = is_secure,
          .client = client,
          .route = match.route != nullptr ? &match.route->rules : nullptr};
}

void RequestPipeline::append_cors(std::string& lines, const guard::RequestView& view) const {
  const auto& policy = settings_->policy;
  lines += "Vary: Origin\r\n";
  if (!policy.is_origin_allowed(view.origin, view.host, view.is_secure)) return;
  const bool is_named =
      !policy.allows_any_origin || policy.is_own_origin(view.origin, view.host, view.is_secure);
  lines.append("Access-Control-Allow-Origin: ").append(is_named ? view.origin : "*").append("\r\n");
  lines.append("Access-Control-Expose-Headers: ").append(kExposedHeaders).append("\r\n");
  if (is_named && policy.allows_credentials) lines += "Access-Control-Allow-Credentials: true\r\n";
}

void RequestPipeline::fill_terms(const codec::RequestHead& head, const guard::RequestView& view,
                                 ResponseTerms& terms) {
  terms.lines.clear();
  terms.request_id = request_id_;
  if (terms.settings != settings_) terms.settings = settings_;
  terms.common_lines = settings_->common_header_lines;
  terms.default_csp = settings_->default_csp_line;
  terms.is_head = head.method == Method::kHead;
  terms.is_http_1_0 = head.is_http_1_0;
  terms.keeps_alive = head.keeps_alive;
  if (!view.origin.empty()) {
    append_cors(terms.lines, view);
  } else if (!view.changes_state) {
    terms.lines += "Vary: Origin\r\n";  // a cache must not give this answer to pages elsewhere
  }
}

std::optional<Error> RequestPipeline::check_route(const Router::Match& match,
                                                  const guard::RequestView& view) const {
  if (match.route != nullptr) return std::nullopt;
  if (match.allowed.empty()) {
    return Error{.code = ErrorCode::kNotFound,
                 .client_message = "There is nothing at this address."};
  }
  return Error{.code = ErrorCode::kMethodNotAllowed,
               .client_message = "This address does not take " + std::string(view.method) +
                                 ", only " + std::string(match.allowed) + "."};
}

void RequestPipeline::send_preflight(Http1Writer& writer, const codec::RequestHead& head,
                                     const guard::RequestView& view,
                                     const Router::Match& match) const {
  http::ResponseHead response;
  response.status = 204;
  response.headers.add("Allow", match.allowed);
  const bool is_preflight = head.has(HeaderId::kAccessControlRequestMethod);
  if (is_preflight && settings_->policy.is_origin_allowed(view.origin, view.host, view.is_secure)) {
    response.headers.add("Access-Control-Allow-Methods", match.allowed);
    response.headers.add("Access-Control-Allow-Headers", kPreflightHeaders);
    response.headers.add("Access-Control-Max-Age", kPreflightSeconds);
  }
  writer.send(response, {});
}

// To a fixed origin, so a Host header can't send anyone elsewhere.
void RequestPipeline::redirect(Http1Writer& writer, const codec::RequestHead& head) const {
  http::ResponseHead response;
  response.status = 308;
  response.headers.add("Location",
                       settings_->https_origin + std::string(head.path()) +
                           (head.query().empty() ? "" : "?" + std::string(head.query())));
  writer.send(response, {});
}

void RequestPipeline::send_error(Http1Writer& writer, ErrorForm form, const Error& error,
                                 std::string_view request_id) {
  if (error.code == ErrorCode::kInvalid) counters_.add(Counter::kValidationErrors);
  if (form == ErrorForm::kProblem) return http::send_problem(writer, error, request_id);
  http::send_openai_error(writer, error);
}

void RequestPipeline::refuse(const codec::HeadFault& fault, Http1Writer& writer) {
  counters_.add(Counter::kRequests);
  counters_.add(Counter::kValidationErrors);
  codec::RequestHead no_head;
  choose_request_id(no_head, false);
  writer.begin({.lines = {},
                .request_id = request_id_,
                .settings = settings_,
                .common_lines = settings_->common_header_lines,
                .default_csp = settings_->default_csp_line,
                .keeps_alive = false});
  log_.info(telemetry::event::kValidationError, fault.reason,
            {{"request_id", request_id_}, {"status", fault.status}});
  Error error{.code = ErrorCode::kInvalid, .client_message = std::string(fault.reason)};
  if (fault.status == 408) error.code = ErrorCode::kDeadlineExceeded;
  http::ResponseHead head;
  head.status = fault.status;
  head.headers.add("Content-Type", "application/problem+json");
  writer.send(head, http::problem_json(error, request_id_, fault.status));
}

std::expected<Prepared, Answered> RequestPipeline::prepare(const Arrival& arrival,
                                                           Http1Writer& writer) {
  counters_.add(Counter::kRequests);
  const auto& head = arrival.head;
  const bool is_peer_trusted = is_trusted(arrival.peer);
  choose_request_id(head, is_peer_trusted);
  const IpAddress client = codec::client_address(arrival.peer, head.get(HeaderId::kXForwardedFor),
                                                 settings_->trusted_proxies);
  const bool is_secure =
      arrival.is_secure ||
      (is_peer_trusted && equals_ignoring_case(head.get(HeaderId::kXForwardedProto), "https"));
  const auto match = router_.find(head.method, head.path());
  guard::RequestView view = view_of(arrival, match, client, is_secure);
  if (view.route != nullptr && view.route->endpoint == guard::EndpointClass::kSession)
    add_marks(view, arrival, is_peer_trusted);
  const auto solution = read_solution(head);
  if (solution) view.challenge_solution = solution_view(*solution);
  ResponseTerms terms = writer.take_spare_terms();
  fill_terms(head, view, terms);

  // Nobody reads the rest of a body whose request ends here: it must not be taken for the next.
  const bool must_close = !arrival.is_body_here;
  const auto refuse_with = [&](const Error& error) {
    if (must_close) terms.keeps_alive = false;
    writer.begin(std::move(terms));
    if (error.code == ErrorCode::kMethodNotAllowed) writer.add_line("Allow: ", match.allowed);
    send_error(writer, match.errors, error, request_id_);
    return std::unexpected(Answered{});
  };

  guard::Trail trail;
  if (auto verdict = guards_.check_request(view, settings_->policy, trail, terms.lines)) {
    return refuse_with(verdict->as_error());
  }
  if (arrival.redirects_to_https) {
    if (must_close) terms.keeps_alive = false;
    writer.begin(std::move(terms));
    redirect(writer, head);
    return std::unexpected(Answered{});
  }
  if (head.method == Method::kOptions && !match.allowed.empty()) {
    if (must_close) terms.keeps_alive = false;
    writer.begin(std::move(terms));
    send_preflight(writer, head, view, match);
    return std::unexpected(Answered{});
  }
  if (const auto error = check_route(match, view)) return refuse_with(*error);

  auto principal = authenticate(head, *match.route, view);
  if (!principal) {
    counters_.add(Counter::kAuthFailures);
    // Whoever brings nothing has only not begun yet, and browsers keep cookies of sessions that
    // have ended, which nobody can guess.
    if (!head.get(HeaderId::kAuthorization).empty()) guards_.note_wrong_credential(client);
    log_.info(telemetry::event::kAuthFailed, principal.error().for_log(),
              {{"request_id", request_id_}, {"path", view.path}, {"client", client.to_string()}});
    return refuse_with(principal.error());
  }
  auto receipt = guards_.admit(view, *principal, settings_->policy, trail, terms.lines);
  if (!receipt) return refuse_with(receipt.error().as_error());
  writer.begin(std::move(terms));
  return Prepared{.route = match.route,
                  .receipt = std::move(*receipt),
                  .principal = std::move(*principal),
                  .parameter = std::string(match.parameter),
                  .client = client,
                  .is_secure = is_secure,
                  .expects_continue = head.expects_continue};
}

async::Task<bool> RequestPipeline::pass_firewall(async::Worker& worker, const Prepared& prepared,
                                                 std::string_view body, Http1Writer& writer) {
  const auto settings = settings_;  // those it began with, should they be replaced meanwhile
  auto request = firewall_request(scratch_head_, prepared.client, body);
  const auto refusal = co_await guards_.check_firewall(worker, std::move(request), settings->policy,
                                                       {.request_id = writer.request_id(),
                                                        .client = prepared.client,
                                                        .principal = &prepared.principal});
  if (!refusal) co_return true;
  send_error(writer, prepared.route->errors, refusal->as_error(), writer.request_id());
  co_return false;
}

Result<Principal> RequestPipeline::authenticate(const codec::RequestHead& head, const Route& route,
                                                const guard::RequestView& view) const {
  // A browser adds cookies by itself, and what a WebSocket says can be read by the page that opened
  // it: those of the site itself alone may rely on them.
  const bool is_socket = route.credentials == identity::Credentials::kSocket;
  const bool counts_cookies =
      !is_socket || view.origin.empty() ||
      settings_->policy.is_own_origin(view.origin, view.host, view.is_secure);
  const auto cookies = counts_cookies ? head.get(HeaderId::kCookie) : std::string_view();
  const auto cookie = codec::find_cookie(cookies, settings_->session_cookie);
  const auto account = codec::find_cookie(cookies, settings_->account_cookie);
  return authenticator_.authenticate(
      route.credentials,
      {.bearer = codec::bearer_token(head.get(HeaderId::kAuthorization)),
       .cookie_token = cookie.value_or(std::string_view()),
       .account_token = account.value_or(std::string_view()),
       .csrf_token = head.get(HeaderId::kXCsrfToken),
       .ticket = is_socket ? codec::query_value(head.query(), "ticket") : std::string_view(),
       .origin = view.origin,
       .user_agent = head.get(HeaderId::kUserAgent),
       .language = head.get(HeaderId::kAcceptLanguage),
       .client = view.client,
       .changes_state = changes_state(head.method)});
}

void RequestPipeline::note_failure(std::string_view what, std::string_view request_id) {
  counters_.add(Counter::kTasksFailed);
  log_.error("HANDLER_FAILED", what, {{"request_id", request_id}});
}

void RequestPipeline::note_finished(const Prepared& prepared, const Http1Writer& writer,
                                    std::string_view request_id) {
  if (!log_.is_on(telemetry::Level::kDebug)) return;
  log_.debug("REQUEST", "A request was answered.",
             {{"request_id", request_id},
              {"path", prepared.route->path},
              {"status", writer.status()},
              {"client", prepared.client.to_string()},
              {"principal", prepared.principal.owner()}});
}

}  // namespace gatehouse::server
