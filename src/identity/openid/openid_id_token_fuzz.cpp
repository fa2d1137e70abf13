// No token makes the reader fall over; none holds that the provider didn't sign; and claims that it
// did sign are of and for whom they must be. The same for logout tokens.
#include <cstdlib>

#include "provider_house.hpp"

namespace {

using gatehouse::identity::openid::KeySet;
using gatehouse::identity::openid::testing::ProviderHouse;

const ProviderHouse& house() {
  static const ProviderHouse kMade;
  return kMade;
}

const KeySet& keys() {
  static const KeySet kMade = house().keys();
  return kMade;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expected = house().expected();
  const auto now = house().clock.wall();
  require(!read_id_token(text, keys(), expected, now));
  require(!read_logout_token(text, keys(), expected, now));
  // The text as a header, which the provider may have signed.
  const auto with_header = house().edwards.sign(text, R"({"sub":"person-1"})");
  require(!read_id_token(with_header, keys(), expected, now));
  // The text as claims that it has signed.
  const auto token = house().edwards.sign(R"({"alg":"EdDSA","kid":"edwards"})", text);
  const auto claims = read_id_token(token, keys(), expected, now);
  require(!claims || (!claims->subject.empty() && claims->subject.size() <= 255));
  require(!claims || text.contains("nonce") || text.contains("\\u"));
  const auto logout = read_logout_token(token, keys(), expected, now);
  require(!logout || !claims);  // nothing is both
  require(!logout || !logout->token_id.empty());
  const auto more = with_userinfo({.subject = "person-1"}, text, expected);
  require(!more || more->subject == "person-1");
  return 0;
}
