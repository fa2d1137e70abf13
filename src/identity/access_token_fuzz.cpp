// No token makes the house fall over, none that it didn't make holds, and claims that were read are
// those of this house.
#include <cstdlib>
#include <string>

#include "token_house.hpp"

namespace {

using gatehouse::identity::AccessTokenSettings;
using gatehouse::identity::testing::TokenHouse;

TokenHouse& house() {
  static TokenHouse made(gatehouse::crypto::JwsAlgorithm::kHs256);
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (house().tokens.verify(text)) std::abort();
  // The same as claims of a token that the house has signed.
  const AccessTokenSettings settings{.issuer = "https://chat.example.com"};
  const auto now = house().clock.wall();
  const auto claims = gatehouse::identity::read_claims(text, settings, now);
  const bool is_ours = claims && claims->site == "default" && !claims->account_id.empty() &&
                       claims->expires_at > now - std::chrono::minutes(1);
  if (claims && !is_ours) std::abort();
  const auto signed_text = house().sign(text);
  if (house().tokens.verify(signed_text) && !claims) std::abort();
  return 0;
}
