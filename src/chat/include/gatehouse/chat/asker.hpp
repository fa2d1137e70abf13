// Who asks, as far as it matters to who is to answer.
#pragma once

#include <string>
#include <string_view>

#include "gatehouse/base/principal.hpp"

namespace gatehouse::chat {

struct Asker {
  std::string channel;   // "web", "openai", …
  std::string kind;      // "visitor", "key", "member", "analyst" or "operator"
  std::string language;  // BCP 47, the one that the client likes best; empty: unknown
  std::string sender;    // the same for the same session, key or account
};

// `languages` is a header's Accept-Language; its first one is taken.
Asker asker_of(const Principal& principal, std::string_view channel, std::string_view languages);

}  // namespace gatehouse::chat
