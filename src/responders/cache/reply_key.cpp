#include "reply_key.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::responders {
namespace {

using codec::JsonValue;

// Of a change in what keys are made of.
constexpr std::string_view kForm = "1";

// Members of a /v1 body that say how an answer is sent, or whose it is.
constexpr std::array<std::string_view, 5> kPassedOver = {"metadata", "store", "stream",
                                                         "stream_options", "user"};

void write_sorted(JsonWriter& json, const JsonValue& value);

void write_members(JsonWriter& json, const JsonValue& object,
                   std::span<const std::string_view> passed_over) {
  std::vector<std::pair<std::string_view, JsonValue>> members;
  for (const auto [name, value] : object.members()) {
    if (std::ranges::find(passed_over, name) == passed_over.end())
      members.emplace_back(name, value);
  }
  std::ranges::sort(members, {}, [](const auto& member) { return member.first; });
  json.begin_object();
  for (const auto& [name, value] : members) write_sorted(json.key(name), value);
  json.end_object();
}

// As deep as the reader let the text be.
void write_sorted(JsonWriter& json, const JsonValue& value) {
  if (value.is_object()) {
    write_members(json, value, {});
  } else if (value.is_array()) {
    json.begin_array();
    for (const JsonValue element : value.elements()) write_sorted(json, element);
    json.end_array();
  } else if (const auto text = value.string()) {
    json.string(*text);
  } else {
    json.raw(value.to_json());
  }
}

}  // namespace

std::optional<chat::ReplyKey> reply_key(const chat::Prompt& prompt, const chat::AskedFirst& first,
                                        const KeyTerms& terms, codec::JsonReader& reader) {
  std::string text;
  text.reserve(prompt.openai_body.size() + 512);
  JsonWriter json(text);
  json.begin_array().string(kForm).string(prompt.site);
  json.string(first.responder).string(first.model).string(prompt.asker.language);
  json.string(terms.policy).number(terms.knowledge);
  json.string(terms.is_shared ? std::string_view() : std::string_view(prompt.asker.sender));
  json.boolean(terms.is_shared);
  if (!prompt.openai_body.empty()) {
    const auto body = reader.read(prompt.openai_body);
    if (!body || !body->is_object()) return std::nullopt;
    write_members(json, *body, kPassedOver);
  } else {
    json.string(prompt.model).begin_array();
    for (const auto& message : prompt.messages)
      json.string(chat::name_of(message.role)).string(message.text);
    json.end_array();
  }
  json.end_array();
  return crypto::sha256(text);
}

}  // namespace gatehouse::responders
