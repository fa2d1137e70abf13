// Reading JSON strictly: two parsers must not be able to see different values. Writing is
// base/json_writer.hpp.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string_view>

#include "gatehouse/base/error.hpp"

namespace gatehouse::codec {

namespace json = boost::json;

struct JsonLimits {
  std::size_t depth = 32;
};

// One JSON text and nothing behind it: valid UTF-8, no duplicate member names, no comments, no
// unpaired surrogates. Bytes are taken from `memory`, which must outlive the value, before the heap
// is asked.
class JsonReader {
 public:
  explicit JsonReader(JsonLimits limits = {}) : limits_(limits) {}
  Result<json::value> read(std::string_view text, json::storage_ptr memory = {}) const;

 private:
  JsonLimits limits_;
};

}  // namespace gatehouse::codec
