#include "gatehouse/telemetry/redact.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"

namespace gatehouse::telemetry {
namespace {

constexpr std::string_view kMask = "[redacted]";

constexpr std::array<std::string_view, 9> kSecretWords = {
    "token",  "secret",  "password", "passwd",      "authorization",
    "cookie", "api_key", "apikey",   "private_key",
};

struct Opener {
  std::string_view text;
  std::size_t least_body;  // shorter runs after it are ordinary words
};

constexpr std::array kOpeners = {
    Opener{"Bearer ", 8}, Opener{"bearer ", 8}, Opener{"Basic ", 8}, Opener{"sk-", 16},
    Opener{"eyJ", 20},    Opener{"ghp_", 20},   Opener{"AKIA", 16},  Opener{"AIza", 30},
    Opener{"xoxb-", 10},  Opener{"gv1.", 20},
};

bool is_credential_char(char c) {
  const char lower = to_lower_ascii(c);
  return is_digit_ascii(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '_' || c == '.' ||
         c == '+' || c == '/' || c == '=';
}

// The length of a credential at the start of `text`, with its opener, or 0.
std::size_t credential_length(std::string_view text) {
  for (const auto& opener : kOpeners) {
    if (!text.starts_with(opener.text)) continue;
    std::size_t end = opener.text.size();
    while (end < text.size() && is_credential_char(text[end])) ++end;
    if (end - opener.text.size() >= opener.least_body) return end;
  }
  return 0;
}

// The password of scheme://user:password@host, as a length from the start of `text`, which stands
// behind "://".
std::size_t user_info_length(std::string_view text) {
  const auto end = text.find_first_of("/?# \t\r\n\"'");
  const auto at = text.substr(0, end).rfind('@');
  return at == std::string_view::npos ? 0 : at;
}

}  // namespace

bool names_a_secret(std::string_view field) {
  const std::string lower = to_lower_ascii(field);
  if (lower.ends_with("_tokens") || lower == "tokens") return false;  // counts, not credentials
  return std::ranges::any_of(kSecretWords,
                             [&](auto word) { return lower.find(word) != std::string::npos; });
}

std::string redact(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    const bool starts_word = at == 0 || !is_credential_char(text[at - 1]) || text[at - 1] == '=';
    std::size_t masked = starts_word ? credential_length(rest) : 0;
    if (masked == 0 && text.substr(0, at).ends_with("://")) masked = user_info_length(rest);
    if (masked > 0) {
      out += kMask;
      at += masked;
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace gatehouse::telemetry
