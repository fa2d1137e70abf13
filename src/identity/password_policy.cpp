#include "gatehouse/identity/password_policy.hpp"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cstring>

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::identity {
namespace {

constexpr std::size_t kLeastCharacters = 15;
constexpr std::size_t kLeastCharactersWithSecondFactor = 8;
constexpr std::size_t kMostCharacters = 128;
constexpr std::size_t kLeastDifferentCharacters = 5;
constexpr std::size_t kLeastOwnCharacters = 6;   // beside a common password
constexpr std::size_t kLeastNameCharacters = 4;  // shorter names stand in many words
constexpr std::string_view kField = "new_password";

// Whether each character follows the one before in ASCII, up or down: abcdefgh, 87654321; 9 and 0
// are neighbours, as they are on keyboards.
bool is_row_of_neighbours(std::string_view text) {
  const auto is_row = [&](int step) {
    for (std::size_t i = 1; i < text.size(); ++i) {
      const bool wraps = (text[i - 1] == '9' && text[i] == '0' && step > 0) ||
                         (text[i - 1] == '0' && text[i] == '9' && step < 0);
      if (text[i] - text[i - 1] != step && !wraps) return false;
    }
    return true;
  };
  return is_row(1) || is_row(-1);
}

// The shortest text of which the whole is a repetition, perhaps with a begun one at the end.
std::string_view repeated_part(std::string_view text) {
  for (std::size_t length = 1; length <= text.size() / 2; ++length) {
    if (std::equal(text.begin() + static_cast<std::ptrdiff_t>(length), text.end(), text.begin()))
      return text.substr(0, length);
  }
  return text;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

// Without figures and marks at both ends: what is left of "password2024!".
std::string_view without_ends(std::string_view text) {
  const auto* const first = std::ranges::find_if(text, is_letter);
  if (first == text.end()) return {};
  const auto last = std::find_if(text.rbegin(), text.rend(), is_letter);
  return {first, last.base()};
}

std::size_t different_characters(std::string_view utf8) {
  std::u32string seen;
  for (std::size_t at = 0; at < utf8.size();) {
    std::size_t end = at + 1;
    while (end < utf8.size() && (static_cast<unsigned char>(utf8[end]) & 0xC0) == 0x80) ++end;
    char32_t packed = 0;
    for (const char c : utf8.substr(at, end - at))
      packed = packed << 8 | static_cast<unsigned char>(c);
    if (!seen.contains(packed)) seen += packed;
    at = end;
  }
  return seen.size();
}

std::unexpected<Error> refused(std::string message) {
  return fail_field(std::string(kField), std::move(message));
}

bool is_widely_used(std::string_view lower, const CommonPasswords& common) {
  const auto part = repeated_part(lower);
  const auto core = without_ends(lower);
  return part.size() < kLeastOwnCharacters || common.contains(lower) || common.contains(part) ||
         is_row_of_neighbours(part) ||
         (!core.empty() && common.contains(repeated_part(core)) &&
          lower.size() < core.size() + kLeastOwnCharacters);
}

bool holds_name(std::string_view lower, std::string_view name) {
  return name.size() >= kLeastNameCharacters && lower.contains(name);
}

}  // namespace

bool CommonPasswords::contains(std::string_view lower_case) const {
  constexpr std::size_t kEntryBytes = 8;
  const auto digest = crypto::sha256(lower_case);
  const auto wanted = crypto::as_text(digest).substr(0, kEntryBytes);
  std::size_t low = 0;
  std::size_t high = table_.size() / kEntryBytes;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    // Bytes are compared as unsigned.
    const int order =
        std::memcmp(table_.data() + (middle * kEntryBytes), wanted.data(), kEntryBytes);
    if (order == 0) return true;
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

Result<Secret> normal_password(std::string_view text, std::string_view field) {
  const auto scan = scan_utf8(text);
  if (!scan.is_valid || scan.has_nul)
    return fail_field(std::string(field), "A password is text in UTF-8 without NUL.");
  UErrorCode status = U_ZERO_ERROR;
  const auto* const nfkc = icu::Normalizer2::getNFKCInstance(status);
  std::string normal;
  const auto wide = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  nfkc->normalize(wide, status).toUTF8String(normal);
  if (U_FAILURE(status) != 0)
    return fail_field(std::string(field), "A password is text in UTF-8 without NUL.");
  return Secret(std::move(normal));
}

Result<void> check_new_password(const NewPassword& candidate, const PasswordTerms& terms) {
  const auto text = candidate.password.reveal();
  const std::size_t characters = scan_utf8(text).characters;
  const std::size_t least =
      candidate.has_second_factor ? kLeastCharactersWithSecondFactor : kLeastCharacters;
  if (characters < least) {
    return refused("A password has at least " + std::to_string(least) +
                   " characters. Several words that don't belong together are easy to keep.");
  }
  if (characters > kMostCharacters) return refused("A password has at most 128 characters.");
  if (different_characters(text) < kLeastDifferentCharacters)
    return refused("A password has at least 5 different characters.");
  const std::string lower = to_lower_ascii(text);
  if (is_widely_used(lower, terms.common))
    return refused("That password is among those that are tried first. Choose another.");
  // An e-mail address is in it with its first part already.
  const auto own_name = candidate.account_name.substr(0, candidate.account_name.find('@'));
  if (holds_name(lower, own_name))
    return refused("A password doesn't have the account's name in it. Choose another.");
  for (const std::string& word : terms.site_words) {
    if (holds_name(lower, word))
      return refused("A password doesn't have the name of this place in it. Choose another.");
  }
  return {};
}

}  // namespace gatehouse::identity
