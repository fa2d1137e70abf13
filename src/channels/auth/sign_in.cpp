// POST /api/v1/auth/sign-in and sign-out.
#include "auth_parts.hpp"
#include "gatehouse/codec/altcha.hpp"

namespace gatehouse::channels {
namespace {

using codec::HeaderId;
using telemetry::Counter;

class SignInHandler final : public AuthHandler {
 public:
  explicit SignInHandler(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto given = read_strings(request->body, {"name", "password"}, {"code"});
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    identity::SignInAttempt attempt{.site = visit.principal.site,
                                    .name = std::move((*given)[0]),
                                    .password = Secret(std::move((*given)[1])),
                                    .code = std::move((*given)[2]),
                                    .client = IpPrefix::of_client(visit.client),
                                    .has_worked = has_worked(*request),
                                    .event = event_of(*parts_, visit, {})};
    auto outcome = co_await parts_->sign_in.check(parts_->worker, std::move(attempt));
    if (!outcome.account) {
      const Error refused = co_await note_refusal(std::move(outcome), visit);
      co_return send_refusal(*parts_, writer, refused, visit);
    }
    const auto issued = co_await begin_session(parts_, std::move(*outcome.account), visit);
    if (!issued) co_return send_refusal(*parts_, writer, issued.error(), visit);
    send_signed_in(*parts_, writer, *issued);
  }

 private:
  bool has_worked(const http::Request& request) const {
    const auto text = request.head.get(HeaderId::kXGatehouseChallenge);
    if (text.empty()) return false;
    const auto solution = codec::read_altcha_solution(text);
    if (!solution) return false;
    return parts_->challenges.check({.algorithm = solution->algorithm,
                                     .challenge = solution->challenge,
                                     .number = solution->number,
                                     .salt = solution->salt,
                                     .signature = solution->signature},
                                    IpPrefix::of_client(request.client), request.principal->site,
                                    parts_->worker.clock().wall()) ==
           guard::Challenges::Answer::kSolved;
  }

  // The record tells what was wrong, the answer doesn't.
  async::Task<Error> note_refusal(identity::SignInOutcome outcome, Visit visit) {
    Error refused = std::move(outcome.account.error());
    if (refused.code == ErrorCode::kChallengeRequired) {
      refused.field = "X-Gatehouse-Challenge";
      refused.challenge_json = parts_->challenges.issue(
          IpPrefix::of_client(visit.client), visit.principal.site, parts_->worker.clock().wall());
    }
    const bool is_wrong = refused.code == ErrorCode::kUnauthenticated;
    if (!is_wrong && refused.code != ErrorCode::kRateLimited) co_return refused;
    parts_->counters.add(Counter::kAuthFailures);
    if (is_wrong) parts_->guards.note_wrong_credential(visit.client);
    parts_->log.info(telemetry::event::kAuthFailed, "A sign-in was refused.",
                     {{"request_id", visit.request_id},
                      {"why", refused.log_message},
                      {"client", visit.client.to_string()}});
    audit::Event event = event_of(*parts_, visit, audit::action::kSignIn);
    event.subject = outcome.account_id.empty() ? "" : "account:" + outcome.account_id;
    event.outcome = audit::Outcome::kRefused;
    event.detail = refused.log_message;
    const auto kept = co_await parts_->audit.append(parts_->worker, std::move(event));
    if (!kept) co_return kept.error();
    refused.log_message.clear();
    co_return refused;
  }

  SharedAuthParts parts_;
};

class SignOut final : public AuthHandler {
 public:
  explicit SignOut(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const std::vector<std::string> ended{visit.principal.session_id};
    audit::Event event = event_of(*parts_, visit, audit::action::kSignOut);
    event.detail = "session:" + visit.principal.session_id;
    parts_->sessions.end(ended);  // refused at once, and on disk before the person hears of it
    const auto kept = co_await parts_->session_store.end(parts_->worker, visit.principal.site,
                                                         ended, std::move(event));
    if (!kept) co_return send_refusal(*parts_, writer, kept.error(), visit);
    http::ResponseHead head;
    head.status = 204;
    head.headers.add_lines("Cache-Control: no-store\r\n");
    head.headers.add("Set-Cookie", cookie_line(parts_->settings, "", 0));
    writer.send(head, {});
  }

 private:
  SharedAuthParts parts_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_sign_in(SharedAuthParts parts) {
  return std::make_unique<SignInHandler>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_sign_out(SharedAuthParts parts) {
  return std::make_unique<SignOut>(std::move(parts));
}

}  // namespace gatehouse::channels
