#include "gatehouse/base/text.hpp"
#include "gatehouse/settings/settings.hpp"

namespace gatehouse::settings {

std::optional<ListenAddress> ListenAddress::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const bool has_brackets = host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  if (has_brackets != host.contains(':')) return std::nullopt;
  const auto port = parse_u64(text.substr(colon + 1));
  const auto address =
      IpAddress::parse(equals_ignoring_case(host, "localhost") ? "127.0.0.1" : host);
  if (!address || !port || *port > 65'535) return std::nullopt;
  return ListenAddress{*address, static_cast<std::uint16_t>(*port)};
}

std::string ListenAddress::to_string() const {
  const auto host = address.to_string();
  return (host.contains(':') ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace gatehouse::settings
