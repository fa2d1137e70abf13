#include "gatehouse/identity/totp.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::identity {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::int64_t kStepSeconds = 30;
constexpr std::size_t kDigits = 6;
constexpr std::uint32_t kModulus = 1'000'000;
constexpr std::size_t kRecoveryBytes = 15;  // 120 bits: a plain hash keeps them
constexpr std::size_t kRecoveryGroup = 4;

}  // namespace

std::string to_base32(std::string_view bytes) {
  std::string out;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    held = (held << 8) | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 5; bits -= 5) out += kBase32[(held >> (bits - 5)) & 31];
  }
  if (bits > 0) out += kBase32[(held << (5 - bits)) & 31];
  return out;
}

std::uint64_t totp_step(WallTime time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(unix_seconds(time), 0) / kStepSeconds);
}

// RFC 4226 §5.3.
std::string totp_code(const Secret& key, std::uint64_t step) {
  std::string counter;
  for (int shift = 56; shift >= 0; shift -= 8) counter += static_cast<char>((step >> shift) & 0xFF);
  const auto mac = crypto::hmac_sha1(key, counter);
  const std::size_t offset = mac.back() & 0x0F;
  const std::uint32_t number = (static_cast<std::uint32_t>(mac[offset] & 0x7F) << 24) |
                               (static_cast<std::uint32_t>(mac[offset + 1]) << 16) |
                               (static_cast<std::uint32_t>(mac[offset + 2]) << 8) | mac[offset + 3];
  std::string code = std::to_string(number % kModulus);
  return std::string(kDigits - code.size(), '0') + code;
}

std::optional<std::uint64_t> match_totp(const Secret& key, std::string_view code, WallTime now,
                                        std::uint64_t last_used) {
  const std::uint64_t here = totp_step(now);
  std::optional<std::uint64_t> found;
  for (std::uint64_t step = here - std::min<std::uint64_t>(here, 1); step <= here + 1; ++step) {
    if (step > last_used && crypto::equals_in_constant_time(totp_code(key, step), code))
      found = step;
  }
  return found;
}

std::string totp_uri(const Secret& key, std::string_view account_name) {
  std::string name;
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : account_name) {
    const bool is_plain = is_digit_ascii(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
    if (is_plain) {
      name += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    name.append("%").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return "otpauth://totp/Gatehouse:" + name + "?secret=" + to_base32(key.reveal()) +
         "&issuer=Gatehouse";
}

std::string make_recovery_code(Random& random) {
  std::array<char, kRecoveryBytes> bytes{};
  random.fill(std::as_writable_bytes(std::span(bytes)));
  const std::string plain = to_lower_ascii(to_base32(std::string_view(bytes.data(), bytes.size())));
  std::string code;
  for (std::size_t i = 0; i < plain.size(); i += kRecoveryGroup)
    code.append(code.empty() ? "" : "-").append(plain, i, kRecoveryGroup);
  return code;
}

std::string normal_recovery_code(std::string_view typed) {
  std::string code;
  for (const char c : typed) {
    if (c != '-' && c != ' ') code += to_lower_ascii(c);
  }
  return code;
}

}  // namespace gatehouse::identity
