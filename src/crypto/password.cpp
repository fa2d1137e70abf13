#include "gatehouse/crypto/password.hpp"

#include <sodium.h>

#include <array>

namespace gatehouse::crypto {

Result<std::string> hash_password(const Secret& password, const PasswordCost& cost) {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.reveal().data(), password.size(), cost.passes,
                            cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::kUnavailable, "The server is busy. Try again in a moment.",
                "no memory for argon2id");
  }
  return std::string(hash.data());
}

bool is_password(const Secret& password, const std::string& hash) {
  return hash.size() < crypto_pwhash_STRBYTES &&
         crypto_pwhash_str_verify(hash.c_str(), password.reveal().data(), password.size()) == 0;
}

}  // namespace gatehouse::crypto
