// application/x-www-form-urlencoded (WHATWG URL §5): bodies of forms, and queries.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gatehouse/base/error.hpp"

namespace gatehouse::codec {

// What was in a form, each field once.
class FormFields {
 public:
  // Strict: kInvalid for a broken escape, what is no UTF-8 or holds NUL, a field that comes twice,
  // and more than kMostFields.
  static Result<FormFields> read(std::string_view text);
  static constexpr std::size_t kMostFields = 32;

  // Nothing where there is no such field.
  std::optional<std::string_view> get(std::string_view name) const;
  std::string_view get_or_empty(std::string_view name) const {
    return get(name).value_or(std::string_view());
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Adds `name=value`, behind an & where `out` holds a field already. Any bytes.
void append_form_field(std::string& out, std::string_view name, std::string_view value);
// Letters, digits and -._ as they are, all else as %XX: the same in a query, a form and by RFC
// 3986.
void append_form_escaped(std::string& out, std::string_view text);

}  // namespace gatehouse::codec
