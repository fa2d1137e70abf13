#include "gatehouse/guard/policy.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

// The scheme and host of an origin or URL, compared without building a string: this runs on every
// request.
bool starts_with_origin(std::string_view url, std::string_view scheme, std::string_view host) {
  if (url.size() < scheme.size() + host.size()) return false;
  if (!equals_ignoring_case(url.substr(0, scheme.size()), scheme)) return false;
  if (!equals_ignoring_case(url.substr(scheme.size(), host.size()), host)) return false;
  const auto rest = url.substr(scheme.size() + host.size());
  return rest.empty() || rest.front() == '/' || rest.front() == '?' || rest.front() == '#';
}

}  // namespace

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, std::min(host.find(']'), host.size() - 1) + 1);
  return host.substr(0, host.find(':'));
}

bool Policy::is_host_allowed(std::string_view host) const {
  const auto name = without_port(host);
  return std::ranges::any_of(hosts, [&](const std::string& allowed) {
    return equals_ignoring_case(allowed, host) || equals_ignoring_case(allowed, name);
  });
}

bool Policy::is_own_origin(std::string_view origin, std::string_view host, bool is_secure) const {
  return starts_with_origin(origin, is_secure ? "https://" : "http://", host);
}

bool Policy::is_origin_allowed(std::string_view origin, std::string_view host,
                               bool is_secure) const {
  if (is_own_origin(origin, host, is_secure)) return true;
  if (allows_any_origin) return origin != "null";
  return std::ranges::any_of(
      origins, [&](const std::string& allowed) { return starts_with_origin(origin, {}, allowed); });
}

}  // namespace gatehouse::guard
