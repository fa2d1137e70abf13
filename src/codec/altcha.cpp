#include "gatehouse/codec/altcha.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::codec {

Result<AltchaSolution> read_altcha_solution(std::string_view text) {
  const auto malformed = [] {
    return fail_field("X-Gatehouse-Challenge",
                      "This is the base64 of a JSON object with algorithm, challenge, number, salt "
                      "and signature.");
  };
  if (text.size() > kMaxAltchaBytes) return malformed();
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string url_safe(text);
  std::ranges::replace(url_safe, '+', '-');
  std::ranges::replace(url_safe, '/', '_');
  const auto decoded = from_base64url(url_safe);
  if (!decoded) return malformed();
  JsonReader reader({.depth = 1});
  const auto json = reader.read(*decoded);
  if (!json || !json->is_object()) return malformed();
  const auto number = (*json)["number"].natural();
  const auto challenge = (*json)["challenge"].string();
  const auto salt = (*json)["salt"].string();
  const auto signature = (*json)["signature"].string();
  if (!number || !challenge || !salt || !signature) return malformed();
  return AltchaSolution{.algorithm = std::string((*json)["algorithm"].string_or_empty()),
                        .challenge = std::string(*challenge),
                        .number = *number,
                        .salt = std::string(*salt),
                        .signature = std::string(*signature)};
}

}  // namespace gatehouse::codec
