// Codes of six digits that change every half minute (RFC 6238), and the keys they are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"

namespace gatehouse::identity {

inline constexpr std::size_t kTotpKeyBytes = 20;

// RFC 4648 §6 without padding, as authenticator apps take it.
std::string to_base32(std::string_view bytes);

// The step of 30 seconds that a time is in.
std::uint64_t totp_step(WallTime time);
// HMAC-SHA-1, since that is what all apps do.
std::string totp_code(const Secret& key, std::uint64_t step);
// The step that the code is of: this one, the one before or after it, since clocks differ. Nothing
// for any other code, and for those of `last_used` and before: a code works once.
std::optional<std::uint64_t> match_totp(const Secret& key, std::string_view code, WallTime now,
                                        std::uint64_t last_used);
// What apps read from a QR code.
std::string totp_uri(const Secret& key, std::string_view account_name);

// "abcd-efgh-ijkl-mnop": 80 random bits. Compared without marks and case.
std::string make_recovery_code(Random& random);
std::string normal_recovery_code(std::string_view typed);

}  // namespace gatehouse::identity
