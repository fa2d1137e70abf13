// What the handlers of sign-in by other providers do alike.
#pragma once

#include <string>
#include <string_view>

#include "auth_parts.hpp"

namespace gatehouse::channels {

// What the page is to say, as it stands behind ?openid=.
namespace openid_outcome {
inline constexpr std::string_view kLinkedNeeded = "linked_needed";
inline constexpr std::string_view kConfirm = "confirm";
inline constexpr std::string_view kCode = "code";
inline constexpr std::string_view kNoAccount = "no_account";
inline constexpr std::string_view kDomain = "domain";
inline constexpr std::string_view kUnverified = "unverified";
inline constexpr std::string_view kCancelled = "cancelled";
inline constexpr std::string_view kRefused = "refused";
inline constexpr std::string_view kUnavailable = "unavailable";
inline constexpr std::string_view kDisabled = "disabled";
}  // namespace openid_outcome

enum class OpenIdCookie : std::uint8_t { kFlow, kPending };
std::string openid_cookie_name(const AuthSettings& settings, OpenIdCookie which);
// The value of Set-Cookie; an empty `value` removes it.
std::string openid_cookie(const AuthSettings& settings, OpenIdCookie which, std::string_view value);
// What the request brings of it; empty: nothing.
std::string_view openid_cookie_in(const http::Request& request, const AuthSettings& settings,
                                  OpenIdCookie which);
void add_cookie(http::ResponseWriter& writer, std::string_view set_cookie);

// Whether somebody is signed in by a cookie.
bool has_session(const Principal& principal);

// Null where there is none of that name; that has been answered then.
identity::openid::Provider* find_provider(const AuthParts& parts, http::ResponseWriter& writer,
                                          const Visit& visit, std::string_view id);

// An object for lists and exports; without the bracket at its end.
JsonWriter& append_identity_members(JsonWriter& json, const identity::openid::Identity& identity);

std::unique_ptr<AuthHandler> make_list_providers(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_begin_openid(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_openid_callback(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_openid_logout(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_read_pending(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_answer_pending(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_list_identities(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_remove_identity(SharedAuthParts parts);

}  // namespace gatehouse::channels
