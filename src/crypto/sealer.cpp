#include "gatehouse/crypto/sealer.hpp"

#include <sodium.h>

#include <array>
#include <span>

#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::crypto {
namespace {

constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == std::tuple_size_v<Digest>);

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Sealer::Sealer(const Secret& secret, std::string_view purpose)
    : key_(Secret(std::string(as_text(MacKey(secret, "seal").sign(purpose))))) {}

std::string Sealer::seal(std::string_view text, std::string_view context, Random& random) const {
  std::array<unsigned char, kNonceBytes> nonce;
  random.fill(std::as_writable_bytes(std::span(nonce)));
  std::string sealed(as_text(nonce));
  sealed.resize(kNonceBytes + text.size() + kTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      bytes_of(sealed) + kNonceBytes, nullptr, bytes_of(text), text.size(), bytes_of(context),
      context.size(), nullptr, nonce.data(), bytes_of(key_.reveal()));
  return sealed;
}

std::optional<std::string> Sealer::open(std::string_view sealed, std::string_view context) const {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  const auto boxed = sealed.substr(kNonceBytes);
  std::string text(boxed.size() - kTagBytes, '\0');
  const int outcome = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(text), nullptr, nullptr, bytes_of(boxed), boxed.size(), bytes_of(context),
      context.size(), bytes_of(sealed), bytes_of(key_.reveal()));
  if (outcome != 0) return std::nullopt;
  return text;
}

}  // namespace gatehouse::crypto
