// What the first message of a TLS client says about the program that wrote it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace gatehouse::net {

// A value. The same program gives the same one, whatever it draws at random.
struct ClientFingerprint {
  static constexpr std::size_t kJa4Characters = 36;

  // As FoxIO's JA4 is: t13d1516h2_<12 hex of the ciphers>_<12 hex of extensions and signatures>.
  std::array<char, kJa4Characters> ja4{};
  bool offers_http2 = false;
  bool offers_tls13 = false;
  bool has_grease = false;  // RFC 8701: values that mean nothing, as Chrome and Safari send them

  std::string_view ja4_text() const { return {ja4.data(), ja4.size()}; }
};

// `message`: the whole handshake message of a ClientHello, its 4 bytes of type and length included.
// Nothing: it isn't one, or is cut or malformed. Takes a few
// microseconds.
std::optional<ClientFingerprint> fingerprint_of(std::span<const unsigned char> message);

}  // namespace gatehouse::net
