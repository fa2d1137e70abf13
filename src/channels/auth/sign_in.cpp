// POST /api/v1/auth/sign-in and sign-out.
#include "auth_parts.hpp"
#include "gatehouse/codec/altcha.hpp"
#include "openid_parts.hpp"

namespace gatehouse::channels {

using codec::HeaderId;
using telemetry::Counter;

bool has_worked(const AuthParts& parts, const http::Request& request) {
  const auto text = request.head.get(HeaderId::kXGatehouseChallenge);
  if (text.empty()) return false;
  const auto solution = codec::read_altcha_solution(text);
  if (!solution) return false;
  return parts.challenges.check({.algorithm = solution->algorithm,
                                 .challenge = solution->challenge,
                                 .number = solution->number,
                                 .salt = solution->salt,
                                 .signature = solution->signature},
                                IpPrefix::of_client(request.client), request.principal->site,
                                parts.worker.clock().wall()) == guard::Challenges::Answer::kSolved;
}

// The record tells what was wrong, the answer doesn't.
async::Task<Error> note_refusal(SharedAuthParts parts, identity::SignInOutcome outcome,
                                Visit visit) {
  Error refused = std::move(outcome.account.error());
  if (refused.code == ErrorCode::kChallengeRequired) {
    refused.field = "X-Gatehouse-Challenge";
    refused.challenge_json = parts->challenges.issue(
        IpPrefix::of_client(visit.client), visit.principal.site, parts->worker.clock().wall());
  }
  const bool is_wrong = refused.code == ErrorCode::kUnauthenticated;
  if (!is_wrong && refused.code != ErrorCode::kRateLimited) co_return refused;
  parts->counters.add(Counter::kAuthFailures);
  if (is_wrong) parts->guards.note_wrong_credential(visit.client);
  parts->log.info(telemetry::event::kAuthFailed, "A sign-in was refused.",
                  {{"request_id", visit.request_id},
                   {"why", refused.log_message},
                   {"client", visit.client.to_string()}});
  audit::Event event = event_of(*parts, visit, audit::action::kSignIn);
  event.subject = outcome.account_id.empty() ? "" : "account:" + outcome.account_id;
  event.outcome = audit::Outcome::kRefused;
  event.detail = refused.log_message;
  const auto kept = co_await parts->audit.append(parts->worker, std::move(event));
  if (!kept) co_return kept.error();
  refused.log_message.clear();
  co_return refused;
}

namespace {

class SignInHandler final : public AuthHandler {
 public:
  explicit SignInHandler(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto form = read_sign_in(*parts_, *request);
    if (!form) co_return send_refusal(*parts_, writer, form.error(), visit);
    auto account = co_await check_sign_in(parts_, std::move(*form), visit);
    if (!account) co_return send_refusal(*parts_, writer, account.error(), visit);
    const auto issued = co_await begin_session(parts_, std::move(*account), visit);
    if (!issued) co_return send_refusal(*parts_, writer, issued.error(), visit);
    send_signed_in(*parts_, writer, *issued);
  }

 private:
  SharedAuthParts parts_;
};

class SignOut final : public AuthHandler {
 public:
  explicit SignOut(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    if (visit.principal.is_by_token) {
      const auto ended = co_await end_family(parts_, visit, visit.principal.session_id);
      if (!ended) co_return send_refusal(*parts_, writer, ended.error(), visit);
      co_return http::send_empty(writer, 204);
    }
    const std::vector<std::string> ended{visit.principal.session_id};
    audit::Event event = event_of(*parts_, visit, audit::action::kSignOut);
    event.detail = "session:" + visit.principal.session_id;
    const auto provider = co_await parts_->identities.provider_of(
        parts_->worker, visit.principal.site, visit.principal.session_id);
    if (!provider) co_return send_refusal(*parts_, writer, provider.error(), visit);
    parts_->sessions.end(ended);  // refused at once, and on disk before the person hears of it
    const auto kept = co_await parts_->session_store.end(parts_->worker, visit.principal.site,
                                                         ended, std::move(event));
    if (!kept) co_return send_refusal(*parts_, writer, kept.error(), visit);
    add_cookie(writer, cookie_line(parts_->settings, "", 0));
    const auto url =
        co_await end_session_url(provider->value_or(std::string()), writer.client_left());
    if (url.empty()) co_return http::send_empty(writer, 204);
    std::string body;
    JsonWriter(body).begin_object().member("end_session_url", url).end_object();
    http::send_json(writer, 200, body);
  }

 private:
  // Where the browser signs out at the provider as well. Empty: nowhere, or it can't be asked now.
  async::Task<std::string> end_session_url(std::string id, async::Cancellation& cancellation) {
    auto* const provider = parts_->providers.find(id);
    if (provider == nullptr) co_return std::string();
    const auto metadata = co_await provider->metadata(cancellation);
    if (!metadata) co_return std::string();
    co_return identity::openid::end_session_url(
        *metadata, provider->settings(), parts_->providers.public_url + "/account", parts_->random);
  }

  SharedAuthParts parts_;
};

}  // namespace

Result<SignInForm> read_sign_in(const AuthParts& parts, const http::Request& request) {
  auto given = read_strings(request.body, {"name", "password"}, {"code"});
  if (!given) return std::unexpected(given.error());
  return SignInForm{.name = std::move((*given)[0]),
                    .password = std::move((*given)[1]),
                    .code = std::move((*given)[2]),
                    .has_worked = has_worked(parts, request)};
}

async::Task<Result<identity::Account>> check_sign_in(SharedAuthParts parts, SignInForm form,
                                                     Visit visit) {
  identity::SignInAttempt attempt{.site = visit.principal.site,
                                  .name = std::move(form.name),
                                  .password = Secret(std::move(form.password)),
                                  .code = std::move(form.code),
                                  .client = IpPrefix::of_client(visit.client),
                                  .has_worked = form.has_worked,
                                  .event = event_of(*parts, visit, {})};
  auto outcome = co_await parts->sign_in.check(parts->worker, std::move(attempt));
  if (outcome.account) co_return std::move(*outcome.account);
  Error refused = co_await note_refusal(parts, std::move(outcome), std::move(visit));
  co_return std::unexpected(std::move(refused));
}

std::unique_ptr<AuthHandler> make_sign_in(SharedAuthParts parts) {
  return std::make_unique<SignInHandler>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_sign_out(SharedAuthParts parts) {
  return std::make_unique<SignOut>(std::move(parts));
}

}  // namespace gatehouse::channels
