#include "gatehouse/codec/basic_credentials.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"

namespace gatehouse::codec {

std::string basic_credentials(std::string_view user, std::string_view password) {
  std::string both(user);
  both.append(":").append(password);
  std::string text = to_base64url(both);
  std::ranges::replace(text, '-', '+');  // RFC 4648 §4: the other alphabet, and padded
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return "Basic " + text;
}

}  // namespace gatehouse::codec
