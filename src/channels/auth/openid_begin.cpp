// The providers there are, and the way to one of them.
#include "openid_parts.hpp"

namespace gatehouse::channels {
namespace {

using identity::openid::Purpose;

class ListProviders final : public AuthHandler {
 public:
  explicit ListProviders(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest, http::ResponseWriter& writer) override {
    std::string body;
    JsonWriter json(body);
    json.begin_object().key("providers").begin_array();
    for (const auto& each : parts_->providers.all) {
      json.begin_object()
          .member("id", each->settings().id)
          .member("name", each->settings().name)
          .end_object();
    }
    json.end_array().end_object();
    http::send_json(writer, 200, body);
    co_return;
  }

 private:
  SharedAuthParts parts_;
};

Result<Purpose> read_purpose(std::string_view body) {
  const auto given = read_strings(body, {"purpose"});
  if (!given) return std::unexpected(given.error());
  if ((*given)[0] == "sign_in") return Purpose::kSignIn;
  if ((*given)[0] == "link") return Purpose::kLink;
  return fail_field("purpose", "purpose is sign_in or link.");
}

class BeginOpenId final : public AuthHandler {
 public:
  explicit BeginOpenId(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto* const provider = find_provider(*parts_, writer, visit, request->parameter);
    if (provider == nullptr) co_return;
    const auto purpose = read_purpose(request->body);
    if (!purpose) co_return send_refusal(*parts_, writer, purpose.error(), visit);
    const bool links = *purpose == Purpose::kLink;
    if (links && !has_session(visit.principal)) {
      const Error error{.code = ErrorCode::kUnauthenticated, .client_message = "Sign in first."};
      co_return send_refusal(*parts_, writer, error, visit);
    }
    const auto metadata = co_await provider->metadata(writer.client_left());
    if (!metadata) co_return send_refusal(*parts_, writer, metadata.error(), visit);
    const auto flow = identity::openid::make_flow(provider->settings().id, *purpose,
                                                  links ? visit.principal.id : std::string(),
                                                  parts_->worker.clock().wall(), parts_->random);
    add_cookie(writer, openid_cookie(parts_->settings, OpenIdCookie::kFlow,
                                     parts_->providers.sealer.seal(flow)));
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("authorization_url",
                identity::openid::authorization_url(*metadata, provider->settings(), flow))
        .end_object();
    http::send_json(writer, 200, body);
  }

 private:
  SharedAuthParts parts_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_list_providers(SharedAuthParts parts) {
  return std::make_unique<ListProviders>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_begin_openid(SharedAuthParts parts) {
  return std::make_unique<BeginOpenId>(std::move(parts));
}

}  // namespace gatehouse::channels
