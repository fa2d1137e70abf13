#include "gatehouse/http/headers.hpp"

#include <array>
#include <charconv>

#include "gatehouse/base/text.hpp"

namespace gatehouse::http {

void Headers::add(std::string_view name, std::string_view value) {
  constexpr std::size_t kFirstBytes = 128;  // else it grows with every part of the first line
  if (lines_.empty()) lines_.reserve(kFirstBytes);
  lines_.append(name) += ": ";
  const std::size_t at = lines_.size();
  lines_ += value;
  for (std::size_t i = at; i < lines_.size(); ++i) {
    if (lines_[i] == '\r' || lines_[i] == '\n' || lines_[i] == '\0') lines_[i] = ' ';
  }
  lines_ += "\r\n";
}

void Headers::add(std::string_view name, std::uint64_t value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  add(name, std::string_view(digits.data(), end));
}

std::string_view Headers::get(std::string_view name) const {
  std::string_view found;
  for_each([&](std::string_view field, std::string_view value) {
    if (found.data() == nullptr && equals_ignoring_case(field, name)) found = value;
  });
  return found;
}

}  // namespace gatehouse::http
