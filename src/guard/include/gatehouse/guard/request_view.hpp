// What the guards of the request stage read: views that live as long as the request's head.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/guard/challenges.hpp"
#include "gatehouse/guard/rate_limits.hpp"

namespace gatehouse::guard {

enum class BodyKind : std::uint8_t { kNone, kJson, kForm };

// What the table of routes says about a path and method.
struct RouteRules {
  EndpointClass endpoint = EndpointClass::kApi;
  BodyKind body = BodyKind::kNone;
  std::uint64_t body_limit_bytes = 0;
};

// What browsers never leave out, and the order in which they write it. Read for new sessions only.
struct BrowserMarks {
  bool has_accept = false;
  bool has_accept_language = false;
  bool has_accept_encoding = false;
  bool has_client_hints = false;
  bool is_order_known = false;  // no proxy stands between
  bool is_host_first = false;
  bool is_language_before_encoding = false;
  friend bool operator==(const BrowserMarks&, const BrowserMarks&) = default;
};

// What its TLS library gives away, where TLS ends here. Read for new sessions only.
struct TlsMarks {
  bool is_known = false;
  bool offers_http2 = false;
  bool offers_tls13 = false;
  bool has_grease = false;
  std::array<char, 36> ja4{};

  std::string_view ja4_text() const {
    return is_known ? std::string_view(ja4.data(), ja4.size()) : std::string_view();
  }
  friend bool operator==(const TlsMarks&, const TlsMarks&) = default;
};

struct RequestView {
  std::string_view method;
  std::string_view path;
  std::string_view host;
  std::string_view origin;  // empty: none sent
  std::string_view referer;
  std::string_view fetch_site;  // Sec-Fetch-Site
  std::string_view content_type;
  std::string_view content_encoding;
  std::string_view user_agent;
  std::string_view request_id;
  std::uint64_t body_bytes = 0;  // announced; 0 with has_body: not announced
  bool has_body = false;
  bool has_cookie = false;
  bool changes_state = false;  // any method but GET, HEAD and OPTIONS
  bool is_secure = false;
  IpAddress client;
  BrowserMarks browser = {};
  TlsMarks tls = {};
  std::optional<ChallengeSolution> challenge_solution = {};  // of work that was asked for
  const RouteRules* route =
      nullptr;  // null: no such path or method, which is told after the guards
};

}  // namespace gatehouse::guard
