#include "citations_json.hpp"

#include <cstdint>

#include "gatehouse/chat/stream_item.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::store::sqlite {
namespace {

std::string text_of(const codec::JsonValue& object, std::string_view name) {
  return std::string(object[name].string_or_empty());
}

std::uint64_t number_of(const codec::JsonValue& object, std::string_view name) {
  return object[name].natural().value_or(0);
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
  codec::JsonReader reader;
  const auto json = reader.read(text);
  if (!json) return not_ours(json.error().for_log());
  if (!json->is_array()) return not_ours("not an array");
  for (const codec::JsonValue object : json->elements()) {
    if (!object.is_object()) return not_ours("not an array of objects");
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
