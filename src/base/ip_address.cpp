#include "gatehouse/base/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "gatehouse/base/text.hpp"

namespace gatehouse {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

IpPrefix prefix(std::string_view text) { return *IpPrefix::parse(text); }

// Ranges no public server lives in (IANA special-purpose registries).
bool is_in_special_range(const IpAddress& address) {
  static const std::array kRanges = {
      prefix("0.0.0.0/8"),      prefix("10.0.0.0/8"),     prefix("100.64.0.0/10"),
      prefix("127.0.0.0/8"),    prefix("169.254.0.0/16"), prefix("172.16.0.0/12"),
      prefix("192.0.0.0/24"),   prefix("192.0.2.0/24"),   prefix("192.88.99.0/24"),
      prefix("192.168.0.0/16"), prefix("198.18.0.0/15"),  prefix("198.51.100.0/24"),
      prefix("203.0.113.0/24"), prefix("224.0.0.0/4"),    prefix("240.0.0.0/4"),
      prefix("::/128"),         prefix("::1/128"),        prefix("64:ff9b:1::/48"),
      prefix("100::/64"),       prefix("2001::/23"),      prefix("2001:db8::/32"),
      prefix("3fff::/20"),      prefix("5f00::/16"),      prefix("fc00::/7"),
      prefix("fe80::/10"),      prefix("fec0::/10"),      prefix("ff00::/8"),
  };
  return std::ranges::any_of(kRanges,
                             [&](const IpPrefix& range) { return range.contains(address); });
}

IpAddress embedded_v4(const IpAddress& address, std::size_t at) {
  const auto& b = address.bytes();
  return IpAddress::from_v4((std::uint32_t{b[at]} << 24) | (std::uint32_t{b[at + 1]} << 16) |
                            (std::uint32_t{b[at + 2]} << 8) | std::uint32_t{b[at + 3]});
}

}  // namespace

IpAddress IpAddress::from_v4(std::uint32_t host_order) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy(kMapped.begin(), kMapped.end(), bytes.begin());
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  }
  return IpAddress(bytes);
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated(text);
  in_addr v4{};
  if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) return from_v4(ntohl(v4.s_addr));
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return IpAddress(bytes);
  return std::nullopt;
}

bool IpAddress::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin()); }

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[12] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; });
}

bool IpAddress::is_special() const {
  if (is_in_special_range(*this)) return true;
  if (is_v4()) return false;
  static const IpPrefix kNat64 = prefix("64:ff9b::/96");
  static const IpPrefix kSixToFour = prefix("2002::/16");
  static const IpPrefix kCompatible = prefix("::/96");
  if (kNat64.contains(*this) || kCompatible.contains(*this))
    return is_in_special_range(embedded_v4(*this, 12));
  return kSixToFour.contains(*this) && is_in_special_range(embedded_v4(*this, 2));
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (is_v4()) {
    inet_ntop(AF_INET, bytes_.data() + 12, out.data(), out.size());
  } else {
    inet_ntop(AF_INET6, bytes_.data(), out.data(), out.size());
  }
  return out.data();
}

IpPrefix::IpPrefix(const IpAddress& address, unsigned length) : address_(address), length_(length) {
  auto bytes = address.bytes();
  if (length >= bytes.size() * 8) return;
  bytes[length / 8] = static_cast<std::uint8_t>(bytes[length / 8] & (0xFF00U >> (length % 8)));
  std::fill(bytes.begin() + length / 8 + 1, bytes.end(), std::uint8_t{0});
  address_ = IpAddress::from_v6(bytes);
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned most = address->is_v4() ? 32 : 128;
  unsigned length = most;
  if (slash != std::string_view::npos) {
    const auto parsed = parse_u64(text.substr(slash + 1));
    if (!parsed || *parsed > most) return std::nullopt;
    length = static_cast<unsigned>(*parsed);
  }
  return IpPrefix(*address, address->is_v4() ? length + 96 : length);
}

IpPrefix IpPrefix::of_client(const IpAddress& address) {
  return IpPrefix(address, address.is_v4() ? 128 : 64);
}

bool IpPrefix::contains(const IpAddress& address) const {
  return IpPrefix(address, length_).address_ == address_;
}

std::string IpPrefix::to_string() const {
  const bool is_v4 = address_.is_v4() && length_ >= 96;
  return address_.to_string() + "/" + std::to_string(is_v4 ? length_ - 96 : length_);
}

std::size_t IpPrefixHash::operator()(const IpPrefix& prefix) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, prefix.address().bytes().data(), sizeof high);
  std::memcpy(&low, prefix.address().bytes().data() + sizeof high, sizeof low);
  return (high * 0x9E3779B97F4A7C15 ^ low) * 0xBF58476D1CE4E5B9 + prefix.length();
}

}  // namespace gatehouse
