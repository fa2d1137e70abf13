#include "gatehouse/codec/header_values.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/http1_head.hpp"

namespace gatehouse::codec {
namespace {

// Takes the first list element off `list`, trimmed.
std::string_view take_element(std::string_view& list) {
  const auto end = std::min(list.find(','), list.size());
  const auto element = trim(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return element;
}

bool has_zero_weight(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return false;
  const auto weight = trim(parameters.substr(at + 2, parameters.find(';', at) - at - 2));
  return !weight.empty() && weight.front() == '0' &&
         weight.find_first_not_of("0.") == std::string_view::npos;
}

bool lists(std::string_view list, std::string_view wanted, std::string_view wildcard) {
  bool by_wildcard = false;
  while (!list.empty()) {
    const auto element = take_element(list);
    const auto semicolon = std::min(element.find(';'), element.size());
    const auto name = trim(element.substr(0, semicolon));
    const bool is_refused = has_zero_weight(element.substr(semicolon));
    if (equals_ignoring_case(name, wanted)) return !is_refused;
    if (!wildcard.empty() && name == wildcard) by_wildcard = !is_refused;
  }
  return by_wildcard;
}

// A hop of X-Forwarded-For may carry a port, IPv6 then in brackets.
std::optional<IpAddress> parse_hop(std::string_view hop) {
  if (hop.starts_with('['))
    return IpAddress::parse(hop.substr(1, std::min(hop.find(']'), hop.size()) - 1));
  if (std::ranges::count(hop, ':') == 1) hop = hop.substr(0, hop.find(':'));
  return IpAddress::parse(hop);
}

}  // namespace

std::optional<std::string_view> find_cookie(std::string_view cookie_header, std::string_view name) {
  while (!cookie_header.empty()) {
    const auto end = std::min(cookie_header.find(';'), cookie_header.size());
    const auto pair = trim(cookie_header.substr(0, end));
    cookie_header.remove_prefix(std::min(end + 1, cookie_header.size()));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      auto value = pair.substr(name.size() + 1);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      return value;
    }
  }
  return std::nullopt;
}

std::string session_cookie(std::string_view name, std::string_view value, std::int64_t max_age_s,
                           bool is_secure, std::string_view path) {
  std::string cookie(name);
  cookie.append("=").append(value).append("; Path=").append(path);
  cookie += "; HttpOnly; SameSite=Lax; Max-Age=";
  cookie += std::to_string(max_age_s);
  if (is_secure) cookie += "; Secure";
  return cookie;
}

std::string_view media_type_of(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

bool accepts_encoding(std::string_view accept_encoding, std::string_view coding) {
  return lists(accept_encoding, coding, "*");
}

bool accepts_type(std::string_view accept, std::string_view media_type) {
  return lists(accept, media_type, {});
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return {};
  if (!equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return {};
  return trim(authorization.substr(kScheme.size()));
}

IpAddress client_address(const IpAddress& peer, std::string_view x_forwarded_for,
                         std::span<const IpPrefix> trusted_proxies) {
  const auto is_trusted = [&](const IpAddress& address) {
    return std::ranges::any_of(trusted_proxies,
                               [&](const IpPrefix& p) { return p.contains(address); });
  };
  IpAddress client = peer;
  while (!x_forwarded_for.empty() && is_trusted(client)) {
    const auto comma = x_forwarded_for.rfind(',');
    const auto at = comma == std::string_view::npos ? 0 : comma + 1;
    const auto hop = parse_hop(trim(x_forwarded_for.substr(at)));
    if (!hop) break;
    client = *hop;
    x_forwarded_for = x_forwarded_for.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
  return client;
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  if (trim(if_none_match) == "*") return true;
  const auto strip_weak = [](std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
  };
  while (!if_none_match.empty()) {
    if (strip_weak(take_element(if_none_match)) == strip_weak(etag)) return true;
  }
  return false;
}

std::string normalised_origin(std::string_view origin_or_url) {
  std::string out = to_lower_ascii(origin_or_url.substr(0, 300));
  const bool is_https = out.starts_with("https://");
  if (!is_https && !out.starts_with("http://")) return {};
  const std::size_t host_at = is_https ? 8 : 7;
  out.resize(std::min(out.find_first_of("/?#", host_at), out.size()));
  const auto host = std::string_view(out).substr(host_at);
  if (!is_valid_host(host)) return {};
  const std::string_view default_port = is_https ? ":443" : ":80";
  if (host.ends_with(default_port)) out.resize(out.size() - default_port.size());
  return out;
}

}  // namespace gatehouse::codec
