#include "citations_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>
#include <cstdint>

#include "gatehouse/chat/stream_item.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::store::sqlite {
namespace {

std::string text_of(const codec::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(std::string_view(value->get_string()));
}

std::uint64_t number_of(const codec::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr) return 0;
  if (value->is_uint64()) return value->get_uint64();
  return value->is_int64() && value->get_int64() > 0
             ? static_cast<std::uint64_t>(value->get_int64())
             : 0;
}

std::unexpected<Error> not_ours(std::string_view why) {
  return fail(ErrorCode::kInternal, "Something went wrong on the server.",
              "store: the citations of a message can't be read: " + std::string(why));
}

}  // namespace

std::string citations_to_json(const std::vector<chat::Citation>& citations) {
  if (citations.empty()) return {};
  std::string text = "[";
  for (const auto& citation : citations) {
    if (text.size() > 1) text += ',';
    chat::append_citation_json(text, citation);
  }
  return text + "]";
}

Result<std::vector<chat::Citation>> citations_from_json(std::string_view text) {
  std::vector<chat::Citation> citations;
  if (text.empty()) return citations;
  const auto json = codec::JsonReader().read(text);
  if (!json) return not_ours(json.error().for_log());
  if (!json->is_array()) return not_ours("not an array");
  for (const auto& value : json->get_array()) {
    if (!value.is_object()) return not_ours("not an array of objects");
    const auto& object = value.get_object();
    citations.push_back({.number = static_cast<std::uint32_t>(number_of(object, "number")),
                         .document_id = text_of(object, "document_id"),
                         .file = text_of(object, "file"),
                         .title = text_of(object, "title"),
                         .heading = text_of(object, "heading"),
                         .start = number_of(object, "start"),
                         .end = number_of(object, "end"),
                         .quote = text_of(object, "quote")});
  }
  return citations;
}

}  // namespace gatehouse::store::sqlite
