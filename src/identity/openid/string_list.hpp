// Lists of texts in what providers send.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "gatehouse/codec/json.hpp"

namespace gatehouse::identity::openid {

// Of an array those elements that are texts; nothing of what is no array.
inline std::vector<std::string_view> texts_in(const codec::JsonValue& list) {
  std::vector<std::string_view> texts;
  for (const auto each : list.elements()) {
    if (const auto text = each.string()) texts.push_back(*text);
  }
  return texts;
}

inline bool lists(const codec::JsonValue& list, std::string_view wanted) {
  const auto texts = texts_in(list);
  return std::ranges::find(texts, wanted) != texts.end();
}

}  // namespace gatehouse::identity::openid
