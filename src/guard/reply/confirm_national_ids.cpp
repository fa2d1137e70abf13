// Numbers that states give to people, by their own check digits where they have some.
#include <algorithm>
#include <array>

#include "confirmers.hpp"

namespace gatehouse::guard {
namespace {

unsigned digit_of(char c) { return static_cast<unsigned>(c - '0'); }

struct Digits {
  std::array<char, 20> values{};
  std::size_t count = 0;
  bool is_clean = true;  // nothing but digits and separators, and not too many

  unsigned operator[](std::size_t i) const { return digit_of(values[i]); }
};

// All digits of the run, with at most one separator between two of them.
Digits digits_of(std::string_view text, char separator) {
  Digits digits;
  bool may_separate = false;
  for (const char c : text) {
    if (is_digit(c) && digits.count < digits.values.size()) {
      digits.values[digits.count++] = c;
      may_separate = true;
    } else if (c == separator && may_separate) {
      may_separate = false;
    } else {
      digits.is_clean = false;
    }
  }
  return digits;
}

bool is_date(unsigned month, unsigned day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

// A separator that ends a run belongs to the sentence.
std::string_view without_end(std::string_view text) {
  while (!text.empty() && !is_alphanumeric(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

// A letter that stands for a place, then digits weighted 1, 8 … 1, 1 with the letter's two.
Finding confirm_tw_id(const Candidate& candidate) noexcept {
  if (candidate.is_open) return more();
  const std::string_view text = candidate.text;
  if (text.size() != 10) return no();
  const char kind = text[1];
  if (kind != '1' && kind != '2' && kind != '8' && kind != '9') return no();
  if (!std::ranges::all_of(text.substr(1), is_digit)) return no();
  constexpr std::string_view kPlaces = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
  const auto place = kPlaces.find(text[0]);
  if (place == std::string_view::npos) return no();
  const auto number = static_cast<unsigned>(place + 10);
  unsigned sum = number / 10 + number % 10 * 9;
  for (std::size_t i = 1; i < 9; ++i) sum += digit_of(text[i]) * static_cast<unsigned>(9 - i);
  sum += digit_of(text[9]);
  return sum % 10 == 0 ? yes(text.size()) : no();
}

Finding confirm_jp_my_number(const Candidate& candidate) noexcept {
  if (candidate.is_open) return more();
  const std::string_view text = without_end(candidate.text);
  const char separator = text.find('-') == std::string_view::npos ? ' ' : '-';
  const Digits digits = digits_of(text, separator);
  if (!digits.is_clean || digits.count != 12) return no();
  unsigned sum = 0;
  for (std::size_t i = 0; i < 11; ++i) {
    const auto position = static_cast<unsigned>(11 - i);  // from the right, the check digit is 0
    sum += digits[i] * (position <= 6 ? position + 1 : position - 5);
  }
  const unsigned rest = sum % 11;
  const unsigned check = rest <= 1 ? 0 : 11 - rest;
  return check == digits[11] ? yes(text.size()) : no();
}

// There is no check digit, so only the usual writing counts, without the numbers never given.
Finding confirm_us_ssn(const Candidate& candidate) noexcept {
  if (candidate.is_open) return more();
  const std::string_view text = without_end(candidate.text);
  if (text.size() != 11 || text[3] != '-' || text[6] != '-') return no();
  const Digits digits = digits_of(text, '-');
  if (!digits.is_clean || digits.count != 9) return no();
  const std::string_view area = text.substr(0, 3);
  const bool is_given = area != "000" && area != "666" && area.front() != '9' &&
                        text.substr(4, 2) != "00" && text.substr(7) != "0000";
  return is_given ? yes(text.size()) : no();
}

Finding confirm_uk_nino(const Candidate& candidate) noexcept {
  if (candidate.is_open) return more();
  const std::string_view text = candidate.text;
  std::array<char, 9> number{};
  std::size_t count = 0;
  std::size_t end = 0;
  for (; end < text.size() && count < number.size(); ++end) {
    if (text[end] != ' ') number[count++] = text[end];
  }
  const bool goes_on = end < text.size() && text[end] != ' ';
  if (count != number.size() || goes_on) return no();
  constexpr std::string_view kNeverFirst = "DFIQUV";
  constexpr std::string_view kNeverSecond = "DFIOQUV";
  const bool has_prefix = is_letter(number[0]) && is_letter(number[1]) &&
                          kNeverFirst.find(number[0]) == std::string_view::npos &&
                          kNeverSecond.find(number[1]) == std::string_view::npos;
  const std::string_view prefix(number.data(), 2);
  constexpr std::array<std::string_view, 7> kNeverGiven = {"BG", "GB", "KN", "NK",
                                                           "NT", "TN", "ZZ"};
  if (!has_prefix || std::ranges::find(kNeverGiven, prefix) != kNeverGiven.end()) return no();
  const bool has_digits = std::all_of(number.begin() + 2, number.begin() + 8, is_digit);
  return has_digits && number[8] >= 'A' && number[8] <= 'D' ? yes(end) : no();
}

// ISO 7064 mod 11, 10; of the first ten digits one comes twice or three times.
Finding confirm_de_tax_id(const Candidate& candidate) noexcept {
  if (candidate.is_open) return more();
  const std::string_view text = without_end(candidate.text);
  const Digits digits = digits_of(text, ' ');
  if (!digits.is_clean || digits.count != 11 || digits[0] == 0) return no();
  std::array<unsigned, 10> seen{};
  unsigned product = 10;
  for (std::size_t i = 0; i < 10; ++i) {
    ++seen[digits[i]];
    const unsigned sum = (digits[i] + product) % 10;
    product = (sum == 0 ? 10 : sum) * 2 % 11;
  }
  const auto repeated = std::ranges::count_if(seen, [](unsigned count) { return count > 1; });
  if (repeated != 1 || *std::ranges::max_element(seen) > 3) return no();
  const unsigned check = (11 - product) % 10;
  return check == digits[10] ? yes(text.size()) : no();
}

// Since 2020 the last six digits are random, so the date and the usual hyphen must do.
Finding confirm_kr_rrn(const Candidate& candidate) noexcept {
  if (candidate.is_open) return more();
  const std::string_view text = without_end(candidate.text);
  if (text.size() != 14 || text[6] != '-') return no();
  const Digits digits = digits_of(text, '-');
  if (!digits.is_clean || digits.count != 13) return no();
  if (!is_date(digits[2] * 10 + digits[3], digits[4] * 10 + digits[5])) return no();
  return digits[6] >= 1 && digits[6] <= 8 ? yes(text.size()) : no();
}

// ISO 7064 mod 11-2, with X for ten.
Finding confirm_cn_id(const Candidate& candidate) noexcept {
  if (candidate.is_open) return more();
  const std::string_view text = candidate.text;
  if (text.size() != 18 || !std::ranges::all_of(text.substr(0, 17), is_digit)) return no();
  const std::string_view century = text.substr(6, 2);
  if (century != "19" && century != "20") return no();
  if (!is_date(digit_of(text[10]) * 10 + digit_of(text[11]),
               digit_of(text[12]) * 10 + digit_of(text[13])))
    return no();
  unsigned sum = 0;
  for (std::size_t i = 0; i < 17; ++i) sum = (sum + digit_of(text[i])) * 2 % 11;
  const unsigned check = (12 - sum) % 11;
  const char last = text[17];
  const bool is_right = check == 10 ? last == 'X' || last == 'x' : last == "0123456789"[check];
  return is_right ? yes(text.size()) : no();
}

}  // namespace gatehouse::guard
