// Which providers open one's own account.
#include "openid_parts.hpp"

namespace gatehouse::channels {
namespace {

class ListIdentities final : public AuthHandler {
 public:
  explicit ListIdentities(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const auto identities =
        co_await parts_->identities.list(parts_->worker, visit.principal.site, visit.principal.id);
    if (!identities) co_return send_refusal(*parts_, writer, identities.error(), visit);
    std::string body;
    JsonWriter json(body);
    json.begin_object().key("links").begin_array();
    for (const auto& each : *identities) append_identity_members(json, each).end_object();
    json.end_array().end_object();
    http::send_json(writer, 200, body);
  }

 private:
  SharedAuthParts parts_;
};

class RemoveIdentity final : public AuthHandler {
 public:
  explicit RemoveIdentity(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const std::string id(request->parameter);
    auto given = read_strings(request->body, {"current_password"});
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    const auto account = co_await prove_again(
        parts_, visit, {.password = std::move((*given)[0]), .code = {}, .asks_code = false});
    if (!account) co_return send_refusal(*parts_, writer, account.error(), visit);
    audit::Event event = event_of(*parts_, visit, audit::action::kIdentityUnlinked);
    event.detail = "identity:" + id;
    const auto removed = co_await parts_->identities.unlink(
        parts_->worker, visit.principal.site, visit.principal.id, id, std::move(event));
    if (!removed) co_return send_refusal(*parts_, writer, removed.error(), visit);
    http::send_empty(writer, 204);
  }

 private:
  SharedAuthParts parts_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_list_identities(SharedAuthParts parts) {
  return std::make_unique<ListIdentities>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_remove_identity(SharedAuthParts parts) {
  return std::make_unique<RemoveIdentity>(std::move(parts));
}

}  // namespace gatehouse::channels
