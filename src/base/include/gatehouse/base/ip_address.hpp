// IP addresses and prefixes as values. IPv4 is kept as IPv4-mapped IPv6, so ::ffff:192.0.2.1 and
// 192.0.2.1 are the same client, as they are to the kernel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

class IpAddress {
 public:
  constexpr IpAddress() = default;
  static IpAddress from_v4(std::uint32_t host_order);
  static IpAddress from_v6(const std::array<std::uint8_t, 16>& bytes) { return IpAddress(bytes); }
  // Plain forms only: no port, zone or brackets.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const;
  bool is_loopback() const;
  // Loopback, private, link-local, unique local, carrier NAT, multicast, documentation and other
  // ranges no public server lives in; NAT64 and 6to4 forms are looked through. (IANA
  // special-purpose registries, RFC 6890.)
  bool is_special() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string to_string() const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  constexpr explicit IpAddress(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}
  std::array<std::uint8_t, 16> bytes_{};
};

class IpPrefix {
 public:
  IpPrefix() = default;
  // `length` in bits of the 128-bit form; the host bits are cleared.
  IpPrefix(const IpAddress& address, unsigned length);
  // "10.0.0.0/8", "2001:db8::/32", or a bare address.
  static std::optional<IpPrefix> parse(std::string_view text);
  // What limits count as one client: an IPv4 address, or an IPv6 /64.
  static IpPrefix of_client(const IpAddress& address);

  bool contains(const IpAddress& address) const;
  const IpAddress& address() const { return address_; }
  unsigned length() const { return length_; }
  std::string to_string() const;
  friend bool operator==(const IpPrefix&, const IpPrefix&) = default;

 private:
  IpAddress address_;
  unsigned length_ = 128;
};

// For tables that only hold what has been checked: outsiders can make it collide.
struct IpPrefixHash {
  std::size_t operator()(const IpPrefix& prefix) const noexcept;
};

}  // namespace gatehouse
