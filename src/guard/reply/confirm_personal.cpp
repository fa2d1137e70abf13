#include <algorithm>
#include <array>

#include "confirmers.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::size_t kLocalPartBytesMax = 64;
constexpr std::size_t kCardDigitsLeast = 13;
constexpr std::size_t kCardDigitsMost = 19;
constexpr std::size_t kIbanLeast = 15;
constexpr std::size_t kIbanMost = 34;

bool passes_luhn(std::string_view digits) {
  unsigned sum = 0;
  bool is_doubled = false;
  for (auto i = digits.size(); i-- > 0; is_doubled = !is_doubled) {
    unsigned digit = static_cast<unsigned>(digits[i] - '0');
    if (is_doubled) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

bool is_card_number(std::string_view digits) {
  const bool is_issued = digits.front() >= '2' && digits.front() <= '6';
  const bool is_one_digit = digits.find_first_not_of(digits.front()) == std::string_view::npos;
  return is_issued && !is_one_digit && passes_luhn(digits);
}

bool passes_mod_97(std::string_view iban) {
  unsigned rest = 0;
  const auto take = [&rest](char c) {
    if (is_digit(c)) {
      rest = (rest * 10 + static_cast<unsigned>(c - '0')) % 97;
    } else {
      rest = (rest * 100 + static_cast<unsigned>(c - 'A' + 10)) % 97;
    }
  };
  for (const char c : iban.substr(4)) take(c);
  for (const char c : iban.substr(0, 4)) take(c);
  return rest == 1;
}

// The domain at the beginning of `text`: labels with dots between, the last of letters alone.
std::size_t domain_bytes(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (is_alphanumeric(text[end]) || text[end] == '.' || text[end] == '-'))
    ++end;
  text = text.substr(0, end);
  while (!text.empty() && !is_alphanumeric(text.back())) text.remove_suffix(1);
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || text.find("..") != std::string_view::npos)
    return 0;
  const std::string_view top = text.substr(dot + 1);
  return top.size() >= 2 && std::ranges::all_of(top, is_letter) ? text.size() : 0;
}

}  // namespace

Finding confirm_email(const Candidate& candidate) noexcept {
  const std::string_view text = candidate.text;
  const auto at = text.find('@');
  if (at > kLocalPartBytesMax)  // or nowhere
    return more_if(candidate.is_open && text.size() <= kLocalPartBytesMax);
  if (at == 0) return no();
  if (candidate.is_open) return more();
  const std::size_t domain = domain_bytes(text.substr(at + 1));
  return domain == 0 ? no() : yes(at + 1 + domain);
}

Finding confirm_phone(const Candidate& candidate) noexcept {
  const std::string_view text = candidate.text;
  if (candidate.is_open) return more();
  std::size_t digits = 0;
  std::size_t end = 0;
  std::size_t separators = 0;
  std::array<std::size_t, 3> groups{};  // of the form 555-123-4567
  std::size_t group = 0;
  for (std::size_t i = 0; i < text.size() && digits < 16; ++i) {
    if (is_digit(text[i])) {
      ++digits;
      if (group < groups.size()) ++groups[group];
      end = i + 1;
    } else if (i > 0) {
      ++separators;
      ++group;
    }
  }
  // More digits behind it: some other number.
  if (text.find_first_of("0123456789", end) != std::string_view::npos) return no();
  if (text.front() == '+') return digits >= 8 && digits <= 15 ? yes(end) : no();
  if (text.front() == '0' || text.front() == '(')
    return separators > 0 && digits >= 9 && digits <= 11 ? yes(end) : no();
  const bool is_american = groups == std::array<std::size_t, 3>{3, 3, 4} && separators == 2;
  return is_american && text.front() >= '2' ? yes(end) : no();
}

Finding confirm_card(const Candidate& candidate) noexcept {
  const std::string_view text = candidate.text;
  std::array<char, kCardDigitsMost> digits{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_digit(text[i])) {
      if (count == digits.size()) return no();
      digits[count++] = text[i];
      if (i + 1 == text.size() && candidate.is_open) return more();
      const bool ends_group = i + 1 == text.size() || !is_digit(text[i + 1]);
      if (ends_group && count >= kCardDigitsLeast &&
          is_card_number(std::string_view(digits.data(), count)))
        return yes(i + 1);
    } else {
      if (i + 1 == text.size()) return more_if(candidate.is_open);
      if (!is_digit(text[i + 1])) return no();
    }
  }
  return no();
}

Finding confirm_iban(const Candidate& candidate) noexcept {
  const std::string_view text = candidate.text;
  std::array<char, kIbanMost> iban{};
  std::size_t count = 0;
  std::size_t group = 0;
  bool is_grouped = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') {
      is_grouped = true;
      if (group != 4) return no();
      group = 0;
      continue;
    }
    if (count == iban.size()) return no();
    if (count < 2 ? !is_letter(c) : count < 4 ? !is_digit(c) : false) return no();
    iban[count++] = c;
    if (++group > 4 && is_grouped) return no();
    if (i + 1 == text.size() && candidate.is_open) return more();
    const bool ends_group = i + 1 == text.size() || text[i + 1] == ' ';
    if (ends_group && count >= kIbanLeast && passes_mod_97(std::string_view(iban.data(), count)))
      return yes(i + 1);
  }
  return more_if(candidate.is_open);
}

}  // namespace gatehouse::guard
