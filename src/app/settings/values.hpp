// From text to checked values and back to what may be shown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/settings/load.hpp"
#include "gatehouse/settings/setting.hpp"

namespace gatehouse::settings {

// The canonical value of what the environment, a flag or a default says. Empty text is unset. The
// error says what is wrong, as the rest of a sentence that begins with the name; never a secret.
Result<Value> parse_value(const Setting& setting, std::string_view text);

// The same where a secret may also be a reference to one.
Result<Value> parse_given(const Setting& setting, std::string_view text);

// The canonical value of a list whose items are known already.
Result<Value> parse_items(const Setting& setting, const std::vector<std::string>& items);

bool is_unset(const Value& value);
bool is_same(const Value& a, const Value& b);

// What may be printed: "set (43 characters)" for a secret, credentials in URLs masked.
std::string show(const Setting& setting, const Value& value);
// Outside text inside a message: printable, short, without credentials.
std::string quote(std::string_view text);

// The canonical spellings of a choice.
std::vector<std::string_view> choices_of(const Setting& setting);
// "milliseconds" for a key that ends in _ms; empty where the key names no unit.
std::string_view unit_of(const Setting& setting);

}  // namespace gatehouse::settings
