// What our reader takes, Boost's takes with the same value; what we write is read back the same.
#include <boost/json/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"

namespace {

using gatehouse::codec::JsonValue;

constexpr std::size_t kDeeperThanOurs = 64;

bool is_same(const JsonValue& ours, const boost::json::value& theirs) {
  if (const auto* object = theirs.if_object()) {
    if (!ours.is_object() || ours.size() != object->size()) return false;
    for (const auto& member : *object) {
      const JsonValue value = ours[member.key()];
      if (!value.exists() || !is_same(value, member.value())) return false;
    }
    return true;
  }
  if (const auto* array = theirs.if_array()) {
    if (!ours.is_array() || ours.size() != array->size()) return false;
    std::size_t index = 0;
    for (const JsonValue element : ours.elements()) {
      if (!is_same(element, (*array)[index++])) return false;
    }
    return true;
  }
  if (theirs.is_string()) return ours.string() == std::string_view(theirs.get_string());
  if (theirs.is_bool()) return ours.boolean() == theirs.get_bool();
  if (theirs.is_int64()) return ours.integer() == theirs.get_int64();
  if (theirs.is_uint64()) return ours.natural() == theirs.get_uint64();
  return theirs.is_double() ? ours.is_number() : ours.is_null();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  gatehouse::codec::JsonReader reader;
  const auto ours = reader.read(text);
  if (ours) {
    boost::system::error_code error;
    const auto theirs = boost::json::parse(text, error, {}, {.max_depth = kDeeperThanOurs});
    // A zero stays one whatever its exponent; Boost gives up on very long ones.
    const bool has_long_exponent = error == boost::json::error::exponent_overflow;
    if (!has_long_exponent && (error || !is_same(*ours, theirs))) std::abort();
  }
  if (gatehouse::scan_utf8(text).is_valid) {
    std::string quoted;
    gatehouse::append_json_string(quoted, text);
    const auto back = reader.read(quoted);
    if (!back || back->string() != text) std::abort();
  }
  return 0;
}
