#include "gatehouse/chat/asker.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "gatehouse/chat/conversations.hpp"

namespace gatehouse::chat {
namespace {

constexpr std::size_t kMaxTagBytes = 35;  // RFC 5646 §4.4.1

std::string_view kind_of(const Principal& principal) {
  if (principal.kind == Principal::Kind::kApiKey) return "key";
  if (principal.kind != Principal::Kind::kAccount) return "visitor";
  switch (principal.role) {
    case gatehouse::Role::kOperator:
      return "operator";
    case gatehouse::Role::kAnalyst:
      return "analyst";
    case gatehouse::Role::kMember:
      return "member";
  }
  return "member";
}

std::string_view first_language(std::string_view languages) {
  const auto tag = trim(languages.substr(0, languages.find_first_of(",;")));
  const auto is_of_tag = [](char c) {
    const char lower = to_lower_ascii(c);
    return (lower >= 'a' && lower <= 'z') || is_digit_ascii(c) || c == '-';
  };
  return tag.size() <= kMaxTagBytes && std::ranges::all_of(tag, is_of_tag) ? tag
                                                                           : std::string_view();
}

}  // namespace

Owner owner_of(const Principal& principal) {
  return {.site = principal.site, .principal = principal.owner()};
}

Asker asker_of(const Principal& principal, std::string_view channel, std::string_view languages) {
  return {.channel = std::string(channel),
          .kind = std::string(kind_of(principal)),
          .language = std::string(first_language(languages)),
          .sender = principal.owner()};
}

}  // namespace gatehouse::chat
