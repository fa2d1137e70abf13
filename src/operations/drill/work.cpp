#include "work.hpp"

#include <algorithm>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::uint64_t kGreatestNumber = 5'000'000;  // half a minute of work at most

// The number that makes the hash, as an ALTCHA client finds it; the whole solution in base64.
std::optional<std::string> solve(const codec::JsonValue& challenge) {
  const std::string salt(challenge["salt"].string_or_empty());
  const auto wanted = challenge["challenge"].string_or_empty();
  const auto most =
      std::min(challenge["maxnumber"].natural().value_or(kGreatestNumber), kGreatestNumber);
  for (std::uint64_t number = 0; number <= most; ++number) {
    if (crypto::sha256_hex(salt + std::to_string(number)) != wanted) continue;
    std::string solution;
    JsonWriter(solution)
        .begin_object()
        .member("algorithm", challenge["algorithm"].string_or_empty())
        .member("challenge", wanted)
        .member("number", number)
        .member("salt", salt)
        .member("signature", challenge["signature"].string_or_empty())
        .end_object();
    return to_base64url(solution);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> solve_work(const Answer& answer) {
  if (answer.status != 403) return std::nullopt;
  codec::JsonReader reader;
  const auto json = reader.read(answer.body);
  if (!json || !(*json)["challenge"].is_object()) return std::nullopt;
  return solve((*json)["challenge"]);
}

}  // namespace gatehouse::operations
