#include "chat_request.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "gatehouse/base/id.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::channels {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxTags = 10;
constexpr std::size_t kMaxTagCharacters = 32;
constexpr std::size_t kMaxMetadataMembers = 16;
constexpr std::size_t kMaxMetadataBytes = 4096;
constexpr std::array<std::string_view, 6> kMembers = {
    "message", "conversation_id", "message_id", "stream", "tags", "metadata"};

Result<void> read_uuid(const json::object& body, std::string_view name, std::string& out) {
  const auto* value = body.if_contains(name);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_string() || !is_uuid(value->get_string())) {
    return fail_field(std::string(name), std::string(name) + " is a UUID in lower case.");
  }
  out = value->get_string();
  return {};
}

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= kMaxTagCharacters && std::ranges::all_of(tag, [](char c) {
    return is_digit_ascii(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  });
}

Result<void> read_tags(const json::object& body, std::vector<std::string>& out) {
  const auto* value = body.if_contains("tags");
  if (value == nullptr || value->is_null()) return {};
  const auto* tags = value->if_array();
  if (tags == nullptr || tags->size() > kMaxTags)
    return fail_field("tags", "tags is an array of at most 10 tags.");
  for (std::size_t i = 0; i < tags->size(); ++i) {
    const auto& tag = (*tags)[i];
    if (!tag.is_string() || !is_tag(tag.get_string())) {
      return fail_field("tags[" + std::to_string(i) + "]",
                        "A tag is 1 to 32 of a-z, 0-9, _ and -.");
    }
    out.emplace_back(tag.get_string());
  }
  return {};
}

Result<void> read_metadata(const json::object& body, std::string& out) {
  const auto* value = body.if_contains("metadata");
  if (value == nullptr || value->is_null()) return {};
  const auto* metadata = value->if_object();
  if (metadata == nullptr || metadata->size() > kMaxMetadataMembers) {
    return fail_field("metadata", "metadata is an object of at most 16 members.");
  }
  for (const auto& member : *metadata) {
    const auto& inner = member.value();
    if (inner.is_string() || inner.is_number() || inner.is_bool()) continue;
    return fail_field("metadata." + std::string(member.key()),
                      "metadata holds strings, numbers and booleans only.");
  }
  out = json::serialize(*metadata);
  if (out.size() > kMaxMetadataBytes)
    return fail_field("metadata", "metadata is larger than 4 KB.");
  return {};
}

Result<void> check_members(const json::object& body) {
  for (const auto& member : body) {
    if (std::ranges::find(kMembers, std::string_view(member.key())) != kMembers.end()) continue;
    return fail_field(std::string(std::string_view(member.key()).substr(0, 64)),
                      "This member is not known.");
  }
  return {};
}

}  // namespace

Result<ChatRequest> read_chat_request(std::string_view text) {
  auto parsed = codec::JsonReader({.depth = 4}).read(text);
  if (!parsed) return std::unexpected(parsed.error());
  const auto* body = parsed->if_object();
  if (body == nullptr) return fail(ErrorCode::kInvalid, "The body must be a JSON object.");
  if (auto known = check_members(*body); !known) return std::unexpected(known.error());
  ChatRequest request;
  const auto* message = body->if_contains("message");
  if (message == nullptr || !message->is_string())
    return fail_field("message", "message is the text to send.");
  request.message = message->get_string();
  if (auto read = read_uuid(*body, "conversation_id", request.conversation_id); !read)
    return std::unexpected(read.error());
  if (auto read = read_uuid(*body, "message_id", request.message_id); !read)
    return std::unexpected(read.error());
  if (const auto* stream = body->if_contains("stream"); stream != nullptr && !stream->is_null()) {
    if (!stream->is_bool()) return fail_field("stream", "stream is true or false.");
    request.wants_stream = stream->get_bool();
  }
  if (auto read = read_tags(*body, request.tags); !read) return std::unexpected(read.error());
  if (auto read = read_metadata(*body, request.metadata_json); !read)
    return std::unexpected(read.error());
  return request;
}

}  // namespace gatehouse::channels
