#include "gatehouse/server/pipeline_settings.hpp"

namespace gatehouse::server {

std::string security_header_lines(bool is_hsts_on) {
  std::string lines =
      "X-Frame-Options: DENY\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "X-XSS-Protection: 1; mode=block\r\n"
      "Referrer-Policy: strict-origin-when-cross-origin\r\n"
      "Permissions-Policy: geolocation=(), microphone=(), camera=()\r\n";
  if (is_hsts_on) lines += "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n";
  return lines;
}

std::string default_csp_line() {
  return "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
         "form-action 'none'\r\n";
}

}  // namespace gatehouse::server
