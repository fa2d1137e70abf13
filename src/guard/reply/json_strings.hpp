// The strings inside a JSON text, without reading the rest of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::guard {

struct JsonString {
  std::size_t begin = 0;  // of the opening quote
  std::size_t end = 0;    // behind the closing one, or of the text if it is missing
};
// The next string at or behind `from`.
std::optional<JsonString> next_json_string(std::string_view json, std::size_t from);

// What the characters between the quotes stand for, as UTF-8. Lenient: an escape that is none
// stands for itself, a surrogate without its other half for U+FFFD.
std::string decode_json_string(std::string_view escaped);

}  // namespace gatehouse::guard
