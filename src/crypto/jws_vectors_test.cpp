// Signatures at the edges of their forms, as those who attack verifiers make them: each row says
// what it is and whether it must hold.
#include <gtest/gtest.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <array>
#include <vector>

#include "gatehouse/crypto/jws_public_key.hpp"
#include "gatehouse/crypto/testing/jws_signer.hpp"

namespace gatehouse::crypto {
namespace {

using testing::JwsSigner;

struct Vector {
  const char* what;
  std::string signature;
  bool holds = false;
};

constexpr std::string_view kSigned = "e30.e30";

void check(const JwsPublicKey& key, const std::vector<Vector>& vectors) {
  for (const auto& each : vectors) {
    const std::string token = std::string(kSigned) + "." + to_base64url(each.signature);
    const auto parts = split_jws(token);
    EXPECT_EQ(parts && key.has_signed(*parts), each.holds) << each.what;
  }
}

std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes += static_cast<char>(hex_value(digits[i]) * 16 + hex_value(digits[i + 1]));
  return bytes;
}

// a + b, or a - b: numbers of the same size, most significant byte first; what goes over is lost.
std::string sum(std::string a, const std::string& b, int sign = 1) {
  int carry = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    const int digit =
        static_cast<unsigned char>(a[i]) + sign * static_cast<unsigned char>(b[i]) + carry;
    a[i] = static_cast<char>(digit & 0xFF);
    carry = digit < 0 ? -1 : digit >> 8;
  }
  return a;
}

std::string reversed(std::string text) { return {text.rbegin(), text.rend()}; }

TEST(JwsVectors, OfEs256) {
  const JwsSigner signer(JwsAlgorithm::kEs256);
  const auto [x, y] = signer.public_numbers();
  const auto signature = signer.signature_of(kSigned);
  const auto r = signature.substr(0, 32);
  const auto s = signature.substr(32);
  const auto order = from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const auto prime = from_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  const std::string zero(32, '\0');
  const std::string one = std::string(31, '\0') + '\x01';
  const std::string most(32, '\xff');
  check(*JwsPublicKey::of_p256(x, y),
        {{"as it was made", signature, true},
         {"the other s, n - s, which the standard allows", r + sum(order, s, -1), true},
         {"s + n, where it fits", r + sum(s, order), false},
         {"r + n, where it fits", sum(r, order) + s, false},
         {"n - r", sum(order, r, -1) + s, false},
         {"r = 0", zero + s, false},
         {"s = 0", r + zero, false},
         {"r = s = 0", zero + zero, false},
         {"r = 0, s = 1", zero + one, false},
         {"r = 1, s = 0", one + zero, false},
         {"r = s = 1", one + one, false},
         {"r = n, s = 0", order + zero, false},
         {"r = n, s = n", order + order, false},
         {"r = 1, s = n", one + order, false},
         {"r = n + 1, s = 1", sum(order, one) + one, false},
         {"r = n - 1, s = n - 1", sum(order, one, -1) + sum(order, one, -1), false},
         {"r = p, s = p", prime + prime, false},
         {"r = s = 2^256 - 1", most + most, false},
         {"swapped", s + r, false},
         {"without the first byte of r", signature.substr(1), false},
         {"without the last byte of s", signature.substr(0, 63), false},
         {"r alone", r, false},
         {"a zero more before r", '\0' + signature, false},
         {"a zero more after s", signature + '\0', false},
         {"each half of 33 bytes", '\0' + r + '\0' + s, false},
         {"a half of 48 bytes, as of P-384", std::string(16, '\0') + r + std::string(16, '\0') + s,
          false},
         {"empty", "", false}});
}

TEST(JwsVectors, OfEdDsa) {
  const JwsSigner signer(JwsAlgorithm::kEdDsa);
  const auto [x, none] = signer.public_numbers();
  const auto signature = signer.signature_of(kSigned);
  const auto r = signature.substr(0, 32);
  const auto s = signature.substr(32);
  // The order of the group, least significant byte first as all numbers here (RFC 8032 §5.1).
  const auto order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  const auto more = reversed(sum(reversed(s), reversed(order)));
  const std::string zero(32, '\0');
  const std::string identity = '\x01' + std::string(31, '\0');
  const std::string most(32, '\xff');
  auto turned = r;
  turned.back() = static_cast<char>(turned.back() ^ '\x80');
  check(*JwsPublicKey::of_ed25519(x),
        {{"as it was made", signature, true},
         {"s + L, another form of the same number", r + more, false},
         {"s = 0", r + zero, false},
         {"s = L", r + order, false},
         {"s = 2^256 - 1", r + most, false},
         {"r of the other sign", turned + s, false},
         {"r = 0", zero + s, false},
         {"r = the neutral point, s = 0", identity + zero, false},
         {"r = no point at all", most + s, false},
         {"swapped", s + r, false},
         {"all zeros", zero + zero, false},
         {"a byte less", signature.substr(0, 63), false},
         {"a byte more", signature + '\0', false},
         {"as long as of Ed448", signature + std::string(50, '\0'), false},
         {"empty", "", false}});
}

// Under these a signature holds for many texts, or the key has a second name.
TEST(JwsVectors, OfKeysOfEdDsa) {
  for (const char* wrong : {
           "0100000000000000000000000000000000000000000000000000000000000000",  // the neutral point
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // of order 2
           "0000000000000000000000000000000000000000000000000000000000000000",  // of order 4
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",  // of order 8
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // y = p + 1
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // y = p
           "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
       })
    EXPECT_FALSE(JwsPublicKey::of_ed25519(from_hex(wrong))) << wrong;
}

// What the owner of the key gets by signing a block of any form.
class RsaBlocks {
 public:
  std::string sign(const std::string& block) const {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY_sign_init(context.get());
    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING);
    std::string signature(kBytes, '\0');
    std::size_t size = signature.size();
    EXPECT_EQ(
        EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                      reinterpret_cast<const unsigned char*>(block.data()), block.size()),
        1);
    return signature;
  }

  // 00 01 FF … FF 00, what the hash is, the hash, and what follows (RFC 8017 §9.2).
  static std::string block(const std::string& info, const std::string& hash,
                           const std::string& after = {}) {
    const std::string end = '\0' + info + hash + after;
    return std::string("\0\x01", 2) + std::string(kBytes - 2 - end.size(), '\xff') + end;
  }

  JwsPublicKey public_key() const {
    return *JwsPublicKey::of_rsa(number(OSSL_PKEY_PARAM_RSA_N), number(OSSL_PKEY_PARAM_RSA_E));
  }
  std::string number(const char* name) const {
    BIGNUM* found = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &found);
    std::string text(static_cast<std::size_t>(BN_num_bytes(found)), '\0');
    BN_bn2bin(found, reinterpret_cast<unsigned char*>(text.data()));
    BN_free(found);
    return text;
  }

  static constexpr std::size_t kBytes = 256;

 private:
  std::shared_ptr<EVP_PKEY> key_{EVP_RSA_gen(kBytes * 8), EVP_PKEY_free};
};

template <std::size_t Size>
std::string hash_of(unsigned char* (*hash)(const unsigned char*, std::size_t, unsigned char*)) {
  std::string digest(Size, '\0');
  hash(reinterpret_cast<const unsigned char*>(kSigned.data()), kSigned.size(),
       reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

TEST(JwsVectors, OfRs256) {
  const RsaBlocks owner;
  const auto hash = hash_of<32>(SHA256);
  const auto sha1 = hash_of<20>(SHA1);
  const auto info = from_hex("3031300d060960864801650304020105000420");
  const auto without_null = from_hex(
      "302f300b0609608648016503040201"
      "0420");
  const auto sha1_info = from_hex("3021300906052b0e03021a05000414");
  const auto right = RsaBlocks::block(info, hash);
  auto soft = right;
  soft[100] = '\xfe';
  auto second = right;
  second[1] = '\x02';
  const std::string garbage(160, 'x');
  const auto modulus = owner.number(OSSL_PKEY_PARAM_RSA_N);
  const auto signature = owner.sign(right);
  check(
      owner.public_key(),
      {{"as it was made", signature, true},
       {"few FF, and garbage after the hash", owner.sign(RsaBlocks::block(info, hash, garbage)),
        false},
       {"a byte after the hash", owner.sign(RsaBlocks::block(info, hash, "x")), false},
       {"padding that is not all FF", owner.sign(soft), false},
       {"a block of encryption, type 2", owner.sign(second), false},
       {"the hash without what it is", owner.sign(RsaBlocks::block("", hash)), false},
       {"what it is without its NULL", owner.sign(RsaBlocks::block(without_null, hash)), false},
       {"a hash of SHA-1", owner.sign(RsaBlocks::block(sha1_info, sha1)), false},
       {"a hash of another text", owner.sign(RsaBlocks::block(info, std::string(32, 'h'))), false},
       {"the block itself", right, false},
       {"0", std::string(RsaBlocks::kBytes, '\0'), false},
       {"1", std::string(RsaBlocks::kBytes - 1, '\0') + '\x01', false},
       {"the modulus", modulus, false},
       {"the modulus less one", sum(modulus, std::string(RsaBlocks::kBytes - 1, '\0') + '\x01', -1),
        false},
       {"the modulus more, where it fits", sum(signature, modulus), false},
       {"a zero before it", '\0' + signature, false},
       {"a zero after it", signature + '\0', false},
       {"without its first byte", signature.substr(1), false},
       {"empty", "", false}});
}

}  // namespace
}  // namespace gatehouse::crypto
