#include "gatehouse/codec/json.hpp"

#include <algorithm>
#include <vector>

#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::codec {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kKeptTextBytes = 64 * 1024;
constexpr std::size_t kFirstTextBytes = 4096;

// One bit of 64: equal names have equal marks.
std::uint64_t mark_of(std::string_view name) {
  if (name.empty()) return 1;
  const auto byte = [name](std::size_t i) {
    return std::uint64_t{static_cast<unsigned char>(name[i])};
  };
  const std::uint64_t traits =
      name.size() | byte(0) << 8 | byte(name.size() / 2) << 16 | byte(name.size() - 1) << 24;
  return std::uint64_t{1} << (traits * 0x9E3779B97F4A7C15 >> 58);  // spread evenly over the bits
}

// Objects of few members are compared pair by pair, those of many are sorted.
bool has_equal_names(const dom::object& object) {
  constexpr std::size_t kFewNames = 16;
  if (object.size() > kFewNames) {
    std::vector<std::string_view> names;
    for (auto at = object.begin(); at != object.end(); ++at) names.push_back(at.key());
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) != names.end();
  }
  for (auto at = object.begin(); at != object.end(); ++at) {
    auto other = at;
    for (++other; other != object.end(); ++other) {
      if (at.key() == other.key()) return true;
    }
  }
  return false;
}

// As deep as the reader let the text be.
bool has_duplicates_inside(const dom::element& element) {
  const auto type = element.type();
  if (type == dom::element_type::OBJECT) {
    const auto object = dom::object(element);
    std::uint64_t marks = 0;
    bool may_repeat = false;  // most objects have no two names that look alike
    const auto end = object.end();
    for (auto at = object.begin(); at != end; ++at) {
      const std::uint64_t mark = mark_of(at.key());
      may_repeat = may_repeat || (marks & mark) != 0;
      marks |= mark;
      const auto value = at.value();
      if ((value.is_object() || value.is_array()) && has_duplicates_inside(value)) return true;
    }
    return may_repeat && has_equal_names(object);
  }
  if (type == dom::element_type::ARRAY) {
    for (const auto inner : dom::array(element)) {
      if (has_duplicates_inside(inner)) return true;
    }
  }
  return false;
}

std::string_view explain(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY:
      return "it is empty";
    case simdjson::UTF8_ERROR:
      return "it is not UTF-8";
    case simdjson::STRING_ERROR:
    case simdjson::UNCLOSED_STRING:
    case simdjson::UNESCAPED_CHARS:
      return "a string in it is broken";
    case simdjson::NUMBER_ERROR:
      return "a number in it is broken or too large";
    case simdjson::DEPTH_ERROR:
      return "it is nested too deeply";
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC:
      return "it is too large";
    default:
      return "check its brackets, commas and quotes";
  }
}

std::unexpected<Error> broken(simdjson::error_code error) {
  return fail(ErrorCode::kInvalid,
              "The body is not valid JSON: " + std::string(explain(error)) + ".");
}

}  // namespace

JsonValue JsonValue::operator[](std::string_view name) const {
  dom::object object;
  dom::element member;
  if (!exists_ || element_.get(object) != simdjson::SUCCESS) return {};
  if (object.at_key(name).get(member) != simdjson::SUCCESS) return {};
  return JsonValue(member);
}

std::size_t JsonValue::size() const {
  if (dom::object object; exists_ && element_.get(object) == simdjson::SUCCESS)
    return object.size();
  if (dom::array array; exists_ && element_.get(array) == simdjson::SUCCESS) return array.size();
  return 0;
}

JsonMembers JsonValue::members() const {
  dom::object object;
  if (!exists_ || element_.get(object) != simdjson::SUCCESS) return {};
  return JsonMembers(object);
}

JsonElements JsonValue::elements() const {
  dom::array array;
  if (!exists_ || element_.get(array) != simdjson::SUCCESS) return {};
  return JsonElements(array);
}

Result<void> check_members(const JsonValue& object, std::span<const std::string_view> known) {
  constexpr std::size_t kMaxShownBytes = 64;
  for (const auto [name, value] : object.members()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    return fail_field(std::string(name.substr(0, kMaxShownBytes)), "This member is not known.");
  }
  return {};
}

std::string with_member(const JsonValue& object, std::string_view name, std::string_view text) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const auto [each, value] : object.members()) {
    json.key(each);
    each == name ? json.string(text) : json.raw(value.to_json());
  }
  json.end_object();
  return out;
}

std::string JsonValue::to_json() const {
  return exists_ ? std::string(simdjson::minify(element_)) : std::string();
}

Result<JsonValue> JsonReader::read(std::string_view text) {
  // A view of nothing may be null, and the parser copies what it is given.
  if (text.empty()) return broken(simdjson::EMPTY);
  if (!parser_ || parser_bytes_ > kKeptTextBytes || parser_bytes_ < text.size()) {
    parser_ = std::make_unique<dom::parser>();
    parser_bytes_ = std::max(text.size(), kFirstTextBytes);
    // One more, because the parser counts the text itself.
    if (const auto error = parser_->allocate(parser_bytes_, limits_.depth + 1))
      return broken(error);
  }
  dom::element root;
  const auto error = parser_->parse(text.data(), text.size()).get(root);
  if (error != simdjson::SUCCESS) return broken(error);
  if (has_duplicates_inside(root))
    return fail(ErrorCode::kInvalid, "A JSON object names the same member twice.");
  return JsonValue(root);
}

}  // namespace gatehouse::codec
