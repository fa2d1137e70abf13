// XAES-256-GCM (https://c2sp.org/XAES-256-GCM): AES-256-GCM under a key that is derived, as NIST
// SP 800-108r1 has it, for each nonce. Its nonces are long enough to be chosen at random for ever.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::crypto {

inline constexpr std::size_t kXaesKeyBytes = 32;
inline constexpr std::size_t kXaesNonceBytes = 24;
inline constexpr std::size_t kXaesTagBytes = 16;

// Appends the text, sealed, and its tag. Key and nonce must have the sizes above; a nonce is used
// once. `context` is proved, not kept.
void append_xaes_sealed(std::string& out, std::string_view key, std::string_view nonce,
                        std::string_view text, std::string_view context);

// `boxed`: text and tag. Nothing where anything is not as it was.
std::optional<std::string> open_xaes(std::string_view key, std::string_view nonce,
                                     std::string_view boxed, std::string_view context);

}  // namespace gatehouse::crypto
