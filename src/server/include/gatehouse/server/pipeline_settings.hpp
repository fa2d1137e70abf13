// What the way of a request reads of the configuration.
#pragma once

#include <string>
#include <vector>

#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/guard/policy.hpp"

namespace gatehouse::server {

// Immutable; replaced as a whole when the configuration is.
struct PipelineSettings {
  guard::Policy policy;
  std::vector<IpPrefix> trusted_proxies;
  std::string https_origin;    // where the redirect listener sends people: "https://example.com"
  std::string session_cookie;  // these two: names, with __Host- where that applies
  std::string account_cookie;
  std::string common_header_lines;  // on every response, each "name: value\r\n"
  std::string default_csp_line;     // on responses that don't bring their own
};

// The security headers of every response. `is_hsts_on`: in production over TLS.
std::string security_header_lines(bool is_hsts_on);
// For responses that are not pages: nothing may be loaded, nobody may frame them.
std::string default_csp_line();

}  // namespace gatehouse::server
