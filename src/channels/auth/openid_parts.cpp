#include "openid_parts.hpp"

#include "gatehouse/codec/header_values.hpp"

namespace gatehouse::channels {
namespace {

constexpr std::string_view kPath = "/api/v1/auth/openid";
constexpr std::int64_t kCookieSeconds =
    std::chrono::duration_cast<std::chrono::seconds>(identity::openid::Flow::kLifetime).count();

}  // namespace

std::string openid_cookie_name(const AuthSettings& settings, OpenIdCookie which) {
  const std::string name =
      which == OpenIdCookie::kFlow ? "gatehouse_openid_flow" : "gatehouse_openid_pending";
  return settings.is_cookie_secure ? "__Secure-" + name : name;
}

std::string openid_cookie(const AuthSettings& settings, OpenIdCookie which,
                          std::string_view value) {
  return codec::session_cookie(openid_cookie_name(settings, which), value,
                               value.empty() ? 0 : kCookieSeconds, settings.is_cookie_secure,
                               kPath);
}

std::string_view openid_cookie_in(const http::Request& request, const AuthSettings& settings,
                                  OpenIdCookie which) {
  return codec::find_cookie(request.head.get(codec::HeaderId::kCookie),
                            openid_cookie_name(settings, which))
      .value_or(std::string_view());
}

void add_cookie(http::ResponseWriter& writer, std::string_view set_cookie) {
  http::Headers lines;
  lines.add("Set-Cookie", set_cookie);
  writer.add_header_lines(lines.lines());
}

bool has_session(const Principal& principal) {
  return principal.kind == Principal::Kind::kAccount && !principal.is_by_token;
}

identity::openid::Provider* find_provider(const AuthParts& parts, http::ResponseWriter& writer,
                                          const Visit& visit, std::string_view id) {
  auto* const provider = parts.providers.find(id);
  if (provider == nullptr) {
    send_refusal(parts, writer,
                 {.code = ErrorCode::kNotFound, .client_message = "There is no such provider."},
                 visit);
  }
  return provider;
}

JsonWriter& append_identity_members(JsonWriter& json, const identity::openid::Identity& identity) {
  return json.begin_object()
      .member("id", identity.id)
      .member("provider", identity.provider)
      .member("email", identity.email)
      .member("linked_at", to_rfc3339(identity.linked_at))
      .member("last_used_at", to_rfc3339(identity.last_used_at));
}

OpenIdHandlers make_openid_handlers(SharedAuthParts parts) {
  return {.list_providers = make_list_providers(parts),
          .begin = make_begin_openid(parts),
          .callback = make_openid_callback(parts),
          .logout = make_openid_logout(parts),
          .read_pending = make_read_pending(parts),
          .answer_pending = make_answer_pending(parts),
          .list_links = make_list_identities(parts),
          .remove_link = make_remove_identity(parts)};
}

}  // namespace gatehouse::channels
