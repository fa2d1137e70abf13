// Reading JSON strictly: two parsers must not be able to see different values. Writing is
// base/json_writer.hpp.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "gatehouse/base/error.hpp"

namespace gatehouse::codec {

class JsonMembers;
class JsonElements;

// A value of a text that a JsonReader holds, or nothing: what a member is that isn't there. Every
// question may be asked of any value; the answer to the wrong one is empty. Valid until its reader
// reads again or goes.
class JsonValue {
 public:
  JsonValue() = default;
  explicit JsonValue(simdjson::dom::element element) : element_(element), exists_(true) {}

  bool exists() const { return exists_; }
  bool is_given() const { return exists_ && !element_.is_null(); }
  bool is_null() const { return exists_ && element_.is_null(); }
  bool is_object() const { return exists_ && element_.is_object(); }
  bool is_array() const { return exists_ && element_.is_array(); }
  bool is_string() const { return exists_ && element_.is_string(); }
  bool is_number() const { return exists_ && element_.is_number(); }
  bool is_boolean() const { return exists_ && element_.is_bool(); }

  std::optional<std::string_view> string() const { return get<std::string_view>(); }
  std::optional<bool> boolean() const { return get<bool>(); }
  // Empty for numbers with a fraction or an exponent, and for those that don't fit.
  std::optional<std::int64_t> integer() const { return get<std::int64_t>(); }
  std::optional<std::uint64_t> natural() const { return get<std::uint64_t>(); }
  std::optional<double> number() const { return get<double>(); }
  std::string_view string_or_empty() const { return string().value_or(std::string_view()); }

  JsonValue operator[](std::string_view name) const;
  std::size_t size() const;       // of members or elements
  JsonMembers members() const;    // of an object
  JsonElements elements() const;  // of an array
  std::string to_json() const;

 private:
  template <typename T>
  std::optional<T> get() const {
    T value{};
    if (!exists_ || element_.get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
  }

  simdjson::dom::element element_;
  bool exists_ = false;
};

// What a loop over an object or an array walks along.
template <typename Container, typename Item>
class JsonRange {
 public:
  class Iterator {
   public:
    explicit Iterator(typename Container::iterator at) : at_(at) {}
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }
    Item operator*() const {
      if constexpr (std::is_same_v<Item, JsonValue>) {
        return JsonValue(*at_);
      } else {
        return {at_.key(), JsonValue(at_.value())};
      }
    }

   private:
    typename Container::iterator at_;
  };

  JsonRange() = default;
  explicit JsonRange(Container container) : container_(container), exists_(true) {}
  Iterator begin() const {
    return Iterator(exists_ ? container_.begin() : typename Container::iterator());
  }
  Iterator end() const {
    return Iterator(exists_ ? container_.end() : typename Container::iterator());
  }

 private:
  Container container_;
  bool exists_ = false;
};

class JsonMembers
    : public JsonRange<simdjson::dom::object, std::pair<std::string_view, JsonValue>> {
  using JsonRange::JsonRange;
};
class JsonElements : public JsonRange<simdjson::dom::array, JsonValue> {
  using JsonRange::JsonRange;
};

// kInvalid, with the field, for a member of `object` that is none of `known`.
Result<void> check_members(const JsonValue& object, std::span<const std::string_view> known);

// `object` as a text, with a text in the place of its member `name`; unchanged if it has none.
std::string with_member(const JsonValue& object, std::string_view name, std::string_view text);

struct JsonLimits {
  std::size_t depth = 32;  // an empty object or array at the bottom isn't counted
};

// Reads one JSON text and nothing behind it: valid UTF-8, no duplicate member names, no comments,
// no unpaired surrogates, no number too large to hold. Whoever reads often keeps one: its memory is
// used again, but for texts above 64 KB. One thread at a time.
class JsonReader {
 public:
  explicit JsonReader(JsonLimits limits = {}) : limits_(limits) {}
  Result<JsonValue> read(std::string_view text);

 private:
  JsonLimits limits_;
  std::unique_ptr<simdjson::dom::parser> parser_;
  std::size_t parser_bytes_ = 0;  // the longest text it has room for
};

}  // namespace gatehouse::codec
