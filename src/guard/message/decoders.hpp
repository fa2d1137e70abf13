// What a text may hide: each decoder appends what it finds, in plain UTF-8, and tells whether there
// was anything. They take well-formed UTF-8 and append nothing else.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::guard {

// Runs of 16 characters or more of base64 or base64url, padded or not, that decode to text; a line
// each.
bool decode_base64(std::string_view text, std::string& out);
// Runs of hexadecimal digits, in pairs with or without "0x", spaces, commas or colons between.
bool decode_hex(std::string_view text, std::string& out);
// Groups of eight zeros and ones.
bool decode_binary(std::string_view text, std::string& out);
// "%41", also twice over in one pass ("%2541"), in the whole text.
bool decode_percent(std::string_view text, std::string& out);
// "&lt;", "&#65;" and "&#x41;", with or without the semicolon, in the whole text.
bool decode_entities(std::string_view text, std::string& out);
// "\u0041", "\x41", "\u{41}" and "\101", in the whole text.
bool decode_escapes(std::string_view text, std::string& out);
bool decode_morse(std::string_view text, std::string& out);

}  // namespace gatehouse::guard
