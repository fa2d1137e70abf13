#include "gatehouse/identity/account.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"

namespace gatehouse::identity {
namespace {

constexpr std::size_t kMaxNameCharacters = 64;
constexpr std::array<std::string_view, 3> kRoleNames = {"member", "analyst", "operator"};

bool is_letter_or_digit(char c) { return is_digit_ascii(c) || (c >= 'a' && c <= 'z'); }
bool may_stand_in_name(char c) {
  return is_letter_or_digit(c) || std::string_view("._-+@").contains(c);
}

}  // namespace

std::string_view name_of(Role role) { return kRoleNames[static_cast<std::size_t>(role)]; }

std::optional<Role> role_of(std::string_view name) {
  const auto* const found = std::ranges::find(kRoleNames, name);
  if (found == kRoleNames.end()) return std::nullopt;
  return static_cast<Role>(found - kRoleNames.begin());
}

Result<std::string> read_account_name(std::string_view text) {
  std::string name = to_lower_ascii(text);
  if (!name.empty() && name.size() <= kMaxNameCharacters && is_letter_or_digit(name.front()) &&
      std::ranges::all_of(name, may_stand_in_name)) {
    return name;
  }
  return fail_field("name",
                    "A name has 1 to 64 of the letters a to z, digits and . _ - + @, and begins "
                    "with a letter or digit.");
}

}  // namespace gatehouse::identity
