#include "gatehouse/crypto/jws_public_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sodium.h>

#include <array>
#include <string>

#include "gatehouse/base/text.hpp"

namespace gatehouse::crypto {
namespace {

constexpr int kLeastRsaBits = 2048;
constexpr int kMostRsaBits = 8192;
constexpr std::size_t kMostExponentBytes = 8;
constexpr std::size_t kMostModulusBytes = 1024 + 1;  // perhaps with a zero before it

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

// What is left in OpenSSL's queue of errors would be taken for one of the thread's next TLS call.
struct ErrorsCleared {
  ErrorsCleared() = default;
  ErrorsCleared(const ErrorsCleared&) = delete;
  ErrorsCleared& operator=(const ErrorsCleared&) = delete;
  ~ErrorsCleared() { ERR_clear_error(); }
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

EVP_PKEY* make_key(const char* kind, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) <= 0) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) <= 0)
    return nullptr;
  return key;
}

// From r and s, each of 32 bytes, to the form that OpenSSL reads.
std::string der_of(std::string_view raw) {
  if (raw.size() != 2 * JwsPublicKey::kCoordinateBytes) return {};
  Number r = number_of(raw.substr(0, JwsPublicKey::kCoordinateBytes));
  Number s = number_of(raw.substr(JwsPublicKey::kCoordinateBytes));
  const EcdsaSignature signature(ECDSA_SIG_new());
  if (!r || !s || !signature) return {};
  // They are the signature's from here on: it takes all that isn't null.
  if (ECDSA_SIG_set0(signature.get(), r.release(), s.release()) != 1) return {};
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

}  // namespace

JwsPublicKey::JwsPublicKey(JwsAlgorithm algorithm, EVP_PKEY* key)
    : algorithm_(algorithm), key_(key, EVP_PKEY_free) {}

std::optional<JwsPublicKey> JwsPublicKey::of_rsa(std::string_view modulus,
                                                 std::string_view exponent) {
  const ErrorsCleared cleared;
  if (modulus.size() > kMostModulusBytes || exponent.empty() ||
      exponent.size() > kMostExponentBytes)
    return std::nullopt;
  const Number n = number_of(modulus);
  const Number e = number_of(exponent);
  if (!n || !e || BN_num_bits(n.get()) < kLeastRsaBits || BN_num_bits(n.get()) > kMostRsaBits ||
      BN_is_odd(n.get()) == 0 || BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) == 1)
    return std::nullopt;
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return std::nullopt;
  EVP_PKEY* const key = make_key("RSA", builder.get());
  if (key == nullptr) return std::nullopt;
  return JwsPublicKey(JwsAlgorithm::kRs256, key);
}

std::optional<JwsPublicKey> JwsPublicKey::of_p256(std::string_view x, std::string_view y) {
  const ErrorsCleared cleared;
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) return std::nullopt;
  std::string point(1, '\x04');  // not compressed
  point.append(x).append(y);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1)
    return std::nullopt;
  EVP_PKEY* const key = make_key("EC", builder.get());
  if (key == nullptr) return std::nullopt;
  return JwsPublicKey(JwsAlgorithm::kEs256, key);
}

std::optional<JwsPublicKey> JwsPublicKey::of_ed25519(std::string_view x) {
  const ErrorsCleared cleared;
  if (x.size() != kCoordinateBytes) return std::nullopt;
  // Under a point of small order one signature holds for many texts.
  if (crypto_core_ed25519_is_valid_point(bytes_of(x)) != 1) return std::nullopt;
  EVP_PKEY* const key =
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size());
  if (key == nullptr) return std::nullopt;
  return JwsPublicKey(JwsAlgorithm::kEdDsa, key);
}

bool JwsPublicKey::has_signed(const JwsParts& parts) const {
  const ErrorsCleared cleared;
  auto signature = from_base64url(parts.signature);
  if (!signature) return false;
  if (algorithm_ == JwsAlgorithm::kEs256) signature = der_of(*signature);
  if (signature->empty()) return false;
  const DigestContext context(EVP_MD_CTX_new());
  // Ed25519 hashes by itself.
  const EVP_MD* const hash = algorithm_ == JwsAlgorithm::kEdDsa ? nullptr : EVP_sha256();
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key_.get()) != 1)
    return false;
  return EVP_DigestVerify(context.get(), bytes_of(*signature), signature->size(),
                          bytes_of(parts.signed_text), parts.signed_text.size()) == 1;
}

}  // namespace gatehouse::crypto
