#include "xaes_256_gcm.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

namespace gatehouse::crypto {
namespace {

constexpr std::size_t kBlockBytes = 16;
constexpr std::size_t kPrefixBytes = 12;    // of the nonce, which the key is derived for
constexpr unsigned char kReduction = 0x87;  // of the polynomial of NIST SP 800-38B §5.3

using Block = std::array<unsigned char, kBlockBytes>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

struct DerivedKey {
  DerivedKey() = default;
  ~DerivedKey() { sodium_memzero(bytes.data(), bytes.size()); }
  DerivedKey(const DerivedKey&) = delete;
  DerivedKey& operator=(const DerivedKey&) = delete;
  std::array<unsigned char, kXaesKeyBytes> bytes{};
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// What OpenSSL refuses here is a bug of ours or a lack of memory.
void require(bool is_done) {
  if (!is_done) std::abort();
}

CipherContext make_context() {
  CipherContext context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (!context) throw std::bad_alloc();
  return context;
}

void encrypt_block(EVP_CIPHER_CTX* context, std::span<const unsigned char, kBlockBytes> from,
                   unsigned char* to) {
  int written = 0;
  require(EVP_EncryptUpdate(context, to, &written, from.data(), kBlockBytes) == 1 &&
          written == kBlockBytes);
}

void derive(DerivedKey& derived, std::string_view key, std::string_view nonce) {
  const auto context = make_context();
  require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_ecb(), nullptr, bytes_of(key), nullptr) ==
          1);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  Block mask{};
  encrypt_block(context.get(), mask, mask.data());
  const bool has_carry = (mask.front() & 0x80U) != 0;
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const unsigned next = i + 1 < kBlockBytes ? mask[i + 1] >> 7U : 0U;
    mask[i] = static_cast<unsigned char>((mask[i] << 1U) | next);
  }
  if (has_carry) mask.back() ^= kReduction;
  for (unsigned char counter = 1; counter <= 2; ++counter) {
    Block block{0, counter, 'X', 0};
    std::copy_n(bytes_of(nonce), kPrefixBytes, block.begin() + 4);
    for (std::size_t i = 0; i < kBlockBytes; ++i) block[i] ^= mask[i];
    encrypt_block(context.get(), block, derived.bytes.data() + (counter - 1) * kBlockBytes);
  }
}

int size_of(std::string_view text) {
  require(text.size() <= INT32_MAX);
  return static_cast<int>(text.size());
}

}  // namespace

void append_xaes_sealed(std::string& out, std::string_view key, std::string_view nonce,
                        std::string_view text, std::string_view context) {
  require(key.size() == kXaesKeyBytes && nonce.size() == kXaesNonceBytes);
  DerivedKey derived;
  derive(derived, key, nonce);
  const auto cipher = make_context();
  require(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, derived.bytes.data(),
                             bytes_of(nonce.substr(kPrefixBytes))) == 1);
  int written = 0;
  require(EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes_of(context), size_of(context)) ==
          1);
  const std::size_t start = out.size();
  out.resize(start + text.size() + kXaesTagBytes);
  auto* const sealed = reinterpret_cast<unsigned char*>(out.data()) + start;
  require(EVP_EncryptUpdate(cipher.get(), sealed, &written, bytes_of(text), size_of(text)) == 1);
  auto* const tag = sealed + text.size();
  require(EVP_EncryptFinal_ex(cipher.get(), tag, &written) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kXaesTagBytes, tag) == 1);
}

std::optional<std::string> open_xaes(std::string_view key, std::string_view nonce,
                                     std::string_view boxed, std::string_view context) {
  require(key.size() == kXaesKeyBytes && nonce.size() == kXaesNonceBytes);
  if (boxed.size() < kXaesTagBytes) return std::nullopt;
  DerivedKey derived;
  derive(derived, key, nonce);
  const auto cipher = make_context();
  require(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, derived.bytes.data(),
                             bytes_of(nonce.substr(kPrefixBytes))) == 1);
  int written = 0;
  require(EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes_of(context), size_of(context)) ==
          1);
  const auto sealed = boxed.substr(0, boxed.size() - kXaesTagBytes);
  std::array<unsigned char, kXaesTagBytes> tag{};
  std::copy_n(bytes_of(boxed.substr(sealed.size())), kXaesTagBytes, tag.begin());
  std::string text(sealed.size(), '\0');
  auto* const plain = reinterpret_cast<unsigned char*>(text.data());
  require(EVP_DecryptUpdate(cipher.get(), plain, &written, bytes_of(sealed), size_of(sealed)) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kXaesTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(cipher.get(), plain + sealed.size(), &written) == 1) return text;
  ERR_clear_error();  // else the thread's next TLS call would take it for its own
  return std::nullopt;
}

}  // namespace gatehouse::crypto
