// For tests: private keys of others, which sign as providers do. Links OpenSSL::Crypto.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/jws_public_key.hpp"

namespace gatehouse::crypto::testing {

// A fresh key of RS256, ES256 or EdDSA.
class JwsSigner {
 public:
  explicit JwsSigner(JwsAlgorithm algorithm, unsigned rsa_bits = 2048)
      : algorithm_(algorithm), key_(make(algorithm, rsa_bits), EVP_PKEY_free) {}

  // The signature as JWS has it, before base64url.
  std::string signature_of(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    const EVP_MD* const hash = algorithm_ == JwsAlgorithm::kEdDsa ? nullptr : EVP_sha256();
    EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, key_.get());
    std::string signature(1024, '\0');
    std::size_t size = signature.size();
    EVP_DigestSign(context.get(), bytes_of(signature), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    signature.resize(size);
    return algorithm_ == JwsAlgorithm::kEs256 ? raw_of(signature) : signature;
  }

  std::string sign(std::string_view header_json, std::string_view payload_json) const {
    const std::string text = to_base64url(header_json) + "." + to_base64url(payload_json);
    return text + "." + to_base64url(signature_of(text));
  }

  // "n" and "e", "x" and "y", or "x" alone, as bytes.
  std::array<std::string, 2> public_numbers() const {
    switch (algorithm_) {
      case JwsAlgorithm::kRs256:
        return {number(OSSL_PKEY_PARAM_RSA_N), number(OSSL_PKEY_PARAM_RSA_E)};
      case JwsAlgorithm::kEs256:
        return {number(OSSL_PKEY_PARAM_EC_PUB_X, kBytes), number(OSSL_PKEY_PARAM_EC_PUB_Y, kBytes)};
      default:
        break;
    }
    std::string x(kBytes, '\0');
    std::size_t size = x.size();
    EVP_PKEY_get_raw_public_key(key_.get(), bytes_of(x), &size);
    return {x, std::string()};
  }

  // The public key as JSON (RFC 7517); `more`: further members, each with a comma before it.
  std::string jwk(std::string_view kid, std::string_view more = {}) const {
    const auto [first, second] = public_numbers();
    std::string json = R"({"kid":")" + std::string(kid) + R"(",)";
    if (algorithm_ == JwsAlgorithm::kRs256)
      json += R"("kty":"RSA","n":")" + to_base64url(first) + R"(","e":")" + to_base64url(second);
    if (algorithm_ == JwsAlgorithm::kEs256)
      json += R"("kty":"EC","crv":"P-256","x":")" + to_base64url(first) + R"(","y":")" +
              to_base64url(second);
    if (algorithm_ == JwsAlgorithm::kEdDsa)
      json += R"("kty":"OKP","crv":"Ed25519","x":")" + to_base64url(first);
    return json + '"' + std::string(more) + "}";
  }

 private:
  static constexpr int kBytes = 32;

  static EVP_PKEY* make(JwsAlgorithm algorithm, unsigned rsa_bits) {
    if (algorithm == JwsAlgorithm::kRs256) return EVP_RSA_gen(rsa_bits);
    if (algorithm == JwsAlgorithm::kEs256) return EVP_EC_gen("prime256v1");
    return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  }
  static unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
  }
  static std::string text_of(const BIGNUM* number, int bytes) {
    std::string text(static_cast<std::size_t>(bytes > 0 ? bytes : BN_num_bytes(number)), '\0');
    BN_bn2binpad(number, bytes_of(text), static_cast<int>(text.size()));
    return text;
  }
  std::string number(const char* name, int bytes = 0) const {
    BIGNUM* found = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &found);
    std::string text = text_of(found, bytes);
    BN_free(found);
    return text;
  }
  static std::string raw_of(std::string_view der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* const signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string raw =
        text_of(ECDSA_SIG_get0_r(signature), kBytes) + text_of(ECDSA_SIG_get0_s(signature), kBytes);
    ECDSA_SIG_free(signature);
    return raw;
  }

  JwsAlgorithm algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace gatehouse::crypto::testing
