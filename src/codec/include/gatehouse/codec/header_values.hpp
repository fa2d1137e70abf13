// The grammars of single header values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gatehouse/base/ip_address.hpp"

namespace gatehouse::codec {

// The value of a cookie by its name; the first one wins, as browsers send the most specific first.
// RFC 6265 §4.2.
std::optional<std::string_view> find_cookie(std::string_view cookie_header, std::string_view name);

// The value of Set-Cookie for a cookie that scripts can't read and other sites' requests don't
// carry, but for links to here. `max_age_s` 0 removes it.
std::string session_cookie(std::string_view name, std::string_view value, std::int64_t max_age_s,
                           bool is_secure, std::string_view path = "/");

// "application/json; charset=utf-8" → "application/json", lower case not guaranteed.
std::string_view media_type_of(std::string_view content_type);

// Whether a client takes a coding, by its name or by "*", unless with q=0. RFC 9110 §12.5.3.
bool accepts_encoding(std::string_view accept_encoding, std::string_view coding);
// Whether a media type is named in Accept, other than by a wildcard and not with q=0.
bool accepts_type(std::string_view accept, std::string_view media_type);

// The token of "Bearer <token>", the scheme in any case; empty if it is another scheme. RFC 6750
// §2.1.
std::string_view bearer_token(std::string_view authorization);

// Who asks, behind proxies: X-Forwarded-For is walked from the right over trusted hops; the first
// that isn't trusted is the client. A hop that can't be read stops the walk there. An untrusted
// peer is its own client.
IpAddress client_address(const IpAddress& peer, std::string_view x_forwarded_for,
                         std::span<const IpPrefix> trusted_proxies);

// An entity tag in an If-None-Match list; weak comparison, RFC 9110 §8.8.3.2.
bool matches_etag(std::string_view if_none_match, std::string_view etag);

// scheme://host[:port] in lower case with default ports dropped; empty if it is no http(s) origin
// ("null" too).
std::string normalised_origin(std::string_view origin_or_url);

}  // namespace gatehouse::codec
