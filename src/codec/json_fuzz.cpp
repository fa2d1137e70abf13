// What our reader takes, Boost's own takes with the same value; what we write is read back the
// same.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"

namespace json = boost::json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto ours = gatehouse::codec::JsonReader().read(text);
  if (ours) {
    boost::system::error_code error;
    const auto theirs = json::parse(text, error);
    if (error || theirs != *ours) std::abort();
  }
  if (gatehouse::scan_utf8(text).is_valid) {
    std::string quoted;
    gatehouse::append_json_string(quoted, text);
    const auto back = gatehouse::codec::JsonReader().read(quoted);
    if (!back || back->get_string() != text) std::abort();
  }
  return 0;
}
