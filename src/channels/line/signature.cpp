#include "signature.hpp"

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::channels::line {

bool is_signed(std::string_view body, std::string_view signature, const Secret& channel_secret) {
  const auto right = to_base64(crypto::as_text(crypto::hmac_sha256(channel_secret, body)));
  return crypto::equals_in_constant_time(right, signature);
}

}  // namespace gatehouse::channels::line
