#include "gatehouse/codec/basic_credentials.hpp"

#include "gatehouse/base/text.hpp"

namespace gatehouse::codec {

std::string basic_credentials(std::string_view user, std::string_view password) {
  std::string both(user);
  both.append(":").append(password);
  return "Basic " + to_base64(both);
}

}  // namespace gatehouse::codec
