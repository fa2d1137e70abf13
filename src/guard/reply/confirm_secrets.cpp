#include <algorithm>

#include "confirmers.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::size_t kDistinctBytesLeast = 8;
constexpr std::size_t kJwtHeaderBytesMax = 512;
constexpr std::size_t kJwtPayloadBytesLeast = 8;
constexpr std::size_t kValueBytesLeast = 20;

// Words and placeholders repeat few letters, or have no digit.
bool looks_random(std::string_view text) {
  ByteSet seen;
  bool has_digit = false;
  bool has_letter = false;
  for (const char c : text) {
    seen.set(static_cast<unsigned char>(c));
    has_digit |= is_digit(c);
    has_letter |= is_letter(c);
  }
  const std::size_t least = std::min(kDistinctBytesLeast, text.size() / 2 + 1);
  return has_digit && has_letter && seen.count() >= least;
}

bool has_algorithm(std::string_view header) {
  // Base64url in whole groups of four; what is behind the last of them hides no member name.
  const auto decoded = from_base64url(header.substr(0, header.size() / 4 * 4));
  return decoded && decoded->starts_with('{') && decoded->find("\"alg\"") != std::string::npos;
}

}  // namespace

Finding confirm_length(const Candidate& candidate) noexcept {
  if (candidate.body().size() < candidate.least) return more_if(candidate.is_open);
  return yes(candidate.opener_bytes + candidate.least);
}

Finding confirm_key(const Candidate& candidate) noexcept {
  const Finding long_enough = confirm_length(candidate);
  if (long_enough.step != Finding::Step::kYes) return long_enough;
  return looks_random(candidate.body().substr(0, candidate.least)) ? long_enough : no();
}

Finding confirm_assignment(const Candidate& candidate) noexcept {
  const std::string_view body = candidate.body();
  const std::size_t value = std::min(body.find_first_not_of(" \t\"'`:=>"), body.size());
  const std::string_view between = body.substr(0, value);
  if (value == body.size()) return more_if(candidate.is_open);
  if (between.find_first_of(":=") == std::string_view::npos) return no();
  const std::string_view rest = body.substr(value);
  const auto stop = rest.find_first_of(" \t\"'`:>");
  if (std::min(stop, rest.size()) < kValueBytesLeast)
    return more_if(candidate.is_open && stop == std::string_view::npos);
  if (!looks_random(rest.substr(0, kValueBytesLeast))) return no();
  const std::size_t start = candidate.opener_bytes + value;
  return yes(start + kValueBytesLeast, start);
}

Finding confirm_jwt(const Candidate& candidate) noexcept {
  const std::string_view text = candidate.text;
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) {
    if (text.size() < kJwtHeaderBytesMax) return more_if(candidate.is_open);
    // No dot as yet: whether it is a header can be told from what it begins with.
    return has_algorithm(text.substr(0, kJwtHeaderBytesMax)) ? yes(kJwtHeaderBytesMax) : no();
  }
  if (dot >= kJwtHeaderBytesMax)
    return has_algorithm(text.substr(0, kJwtHeaderBytesMax)) ? yes(kJwtHeaderBytesMax) : no();
  const std::string_view payload = text.substr(dot + 1);
  // The second part of an encrypted or detached token may be empty.
  if (payload.starts_with('.')) return has_algorithm(text.substr(0, dot)) ? yes(dot + 2) : no();
  const auto stop = payload.find('.');
  if (std::min(stop, payload.size()) < kJwtPayloadBytesLeast)
    return more_if(candidate.is_open && stop == std::string_view::npos);
  return has_algorithm(text.substr(0, dot)) ? yes(dot + 1 + kJwtPayloadBytesLeast) : no();
}

Finding confirm_pem(const Candidate& candidate) noexcept {
  const std::string_view body = candidate.body();
  const auto end = body.find("-----");
  if (end == std::string_view::npos) return more_if(candidate.is_open);
  if (body.substr(0, end).find("PRIVATE KEY") == std::string_view::npos) return no();
  return yes(candidate.opener_bytes + end + 5);
}

Finding confirm_credentials(const Candidate& candidate) noexcept {
  const std::string_view body = candidate.body();
  const auto end = body.find_first_of("/?#");
  const std::string_view authority = body.substr(0, end);
  // The password may hold an @ itself, so the last one counts, and only the end tells which it is.
  if (end == std::string_view::npos && candidate.is_open) return more();
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon + 1 >= at)
    return no();
  const char first = authority[colon + 1];
  if (first == '$' || first == '{' || first == '<' || first == '*') return no();
  return yes(candidate.opener_bytes + at);
}

Finding confirm_literal(const Candidate& candidate) noexcept {
  const std::string_view body = candidate.body().substr(0, candidate.rest.size());
  if (!candidate.rest.starts_with(body)) return no();
  if (body.size() < candidate.rest.size()) return more_if(candidate.is_open);
  return yes(candidate.opener_bytes + body.size());
}

Finding confirm_word(const Candidate& candidate) noexcept {
  const bool may_go_on = is_word_byte(candidate.text[candidate.opener_bytes - 1]);
  if (!may_go_on) return yes(candidate.opener_bytes);
  if (!candidate.body().empty()) return no();
  return candidate.is_open ? more() : yes(candidate.opener_bytes);
}

}  // namespace gatehouse::guard
