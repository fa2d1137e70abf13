// A second factor: beginning, confirming and removing it.
#include "auth_parts.hpp"

namespace gatehouse::channels {
namespace {

class BeginFactor final : public AuthHandler {
 public:
  explicit BeginFactor(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto given = read_strings(request->body, {"current_password"});
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    auto account = co_await prove_again(
        parts_, visit, {.password = std::move((*given)[0]), .code = {}, .asks_code = false});
    if (!account) co_return send_refusal(*parts_, writer, account.error(), visit);
    if (account->password_hash.empty()) co_return send_refusal(*parts_, writer, no_first(), visit);
    const auto begun = co_await parts_->second_step.begin(parts_->worker, std::move(*account));
    if (!begun) co_return send_refusal(*parts_, writer, begun.error(), visit);
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("key", begun->key)
        .member("uri", begun->uri)
        .end_object();
    http::send_json(writer, 200, body);
  }

 private:
  static Error no_first() {
    return {.code = ErrorCode::kConflict,
            .client_message =
                "A second factor stands beside a password, and this account has none. "
                "Set one first."};
  }

  SharedAuthParts parts_;
};

class ConfirmFactor final : public AuthHandler {
 public:
  explicit ConfirmFactor(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto given = read_strings(request->body, {"code"});
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    const identity::Account account{.id = visit.principal.id, .site = visit.principal.site};
    const auto codes = co_await parts_->second_step.confirm(
        parts_->worker, account, std::move((*given)[0]),
        event_of(*parts_, visit, audit::action::kSecondFactorAdded));
    if (!codes) co_return send_refusal(*parts_, writer, codes.error(), visit);
    const auto issued = co_await begin_anew(parts_, visit);
    if (!issued) co_return send_refusal(*parts_, writer, issued.error(), visit);
    std::string members = R"("recovery_codes":)";
    JsonWriter json(members);
    json.begin_array();
    for (const auto& code : *codes) json.string(code);
    json.end_array();
    send_signed_in(*parts_, writer, *issued, members);
  }

 private:
  SharedAuthParts parts_;
};

class RemoveFactor final : public AuthHandler {
 public:
  explicit RemoveFactor(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto given = read_strings(request->body, {"current_password", "code"});
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    Proof proof{
        .password = std::move((*given)[0]), .code = std::move((*given)[1]), .asks_code = true};
    auto account = co_await prove_again(parts_, visit, std::move(proof));
    if (!account) co_return send_refusal(*parts_, writer, account.error(), visit);
    const auto removed = co_await parts_->second_step.remove(
        parts_->worker, std::move(*account),
        event_of(*parts_, visit, audit::action::kSecondFactorRemoved));
    if (!removed) co_return send_refusal(*parts_, writer, removed.error(), visit);
    const auto issued = co_await begin_anew(parts_, visit);
    if (!issued) co_return send_refusal(*parts_, writer, issued.error(), visit);
    send_signed_in(*parts_, writer, *issued);
  }

 private:
  SharedAuthParts parts_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_begin_factor(SharedAuthParts parts) {
  return std::make_unique<BeginFactor>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_confirm_factor(SharedAuthParts parts) {
  return std::make_unique<ConfirmFactor>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_remove_factor(SharedAuthParts parts) {
  return std::make_unique<RemoveFactor>(std::move(parts));
}

}  // namespace gatehouse::channels
