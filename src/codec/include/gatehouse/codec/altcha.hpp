// The solution of a proof of work as ALTCHA's clients send it, version 1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gatehouse/base/error.hpp"

namespace gatehouse::codec {

inline constexpr std::size_t kMaxAltchaBytes = 1024;

struct AltchaSolution {
  std::string algorithm;
  std::string challenge;
  std::uint64_t number = 0;
  std::string salt;
  std::string signature;
};

// `text`: base64 (RFC 4648 §4, padding may be missing) of a JSON object with these members; others
// are passed over.
Result<AltchaSolution> read_altcha_solution(std::string_view text);

}  // namespace gatehouse::codec
