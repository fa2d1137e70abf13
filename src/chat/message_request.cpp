#include "gatehouse/chat/message_request.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/id.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::chat {
namespace {

using codec::JsonValue;

constexpr std::size_t kMaxTags = 10;
constexpr std::size_t kMaxTagCharacters = 32;
constexpr std::size_t kMaxMetadataMembers = 16;
constexpr std::size_t kMaxMetadataBytes = 4096;
constexpr std::array<std::string_view, 6> kMembers = {"message", "conversation_id", "message_id",
                                                      "tags",    "metadata",        "website"};

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= kMaxTagCharacters && std::ranges::all_of(tag, [](char c) {
    return is_digit_ascii(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  });
}

Result<void> read_tags(const JsonValue& body, std::vector<std::string>& out) {
  const JsonValue tags = body["tags"];
  if (!tags.is_given()) return {};
  if (!tags.is_array() || tags.size() > kMaxTags)
    return fail_field("tags", "tags is an array of at most 10 tags.");
  for (const JsonValue tag : tags.elements()) {
    const auto text = tag.string();
    if (!text || !is_tag(*text)) {
      return fail_field("tags[" + std::to_string(out.size()) + "]",
                        "A tag is 1 to 32 of a-z, 0-9, _ and -.");
    }
    out.emplace_back(*text);
  }
  return {};
}

Result<void> read_metadata(const JsonValue& body, std::string& out) {
  const JsonValue metadata = body["metadata"];
  if (!metadata.is_given()) return {};
  if (!metadata.is_object() || metadata.size() > kMaxMetadataMembers) {
    return fail_field("metadata", "metadata is an object of at most 16 members.");
  }
  for (const auto [name, value] : metadata.members()) {
    if (value.is_string() || value.is_number() || value.is_boolean()) continue;
    return fail_field("metadata." + std::string(name),
                      "metadata holds strings, numbers and booleans only.");
  }
  out = metadata.to_json();
  if (out.size() > kMaxMetadataBytes)
    return fail_field("metadata", "metadata is larger than 4 KB.");
  return {};
}

}  // namespace

Result<void> read_uuid_member(const JsonValue& body, std::string_view name, std::string& out) {
  const JsonValue value = body[name];
  if (!value.is_given()) return {};
  const auto text = value.string();
  if (!text || !is_uuid(*text))
    return fail_field(std::string(name), std::string(name) + " is a UUID in lower case.");
  out = *text;
  return {};
}

Result<MessageRequest> read_message_request(const JsonValue& body,
                                            std::span<const std::string_view> beside) {
  std::vector<std::string_view> known(kMembers.begin(), kMembers.end());
  known.insert(known.end(), beside.begin(), beside.end());
  if (auto checked = codec::check_members(body, known); !checked)
    return std::unexpected(checked.error());
  MessageRequest request;
  const auto message = body["message"].string();
  if (!message) return fail_field("message", "message is the text to send.");
  request.message = *message;
  if (auto read = read_uuid_member(body, "conversation_id", request.conversation_id); !read)
    return std::unexpected(read.error());
  if (auto read = read_uuid_member(body, "message_id", request.message_id); !read)
    return std::unexpected(read.error());
  if (const JsonValue website = body["website"]; website.is_given()) {
    const auto filled = website.string();
    if (!filled) return fail_field("website", "website is a string.");
    request.website = *filled;
  }
  if (auto read = read_tags(body, request.tags); !read) return std::unexpected(read.error());
  if (auto read = read_metadata(body, request.metadata_json); !read)
    return std::unexpected(read.error());
  return request;
}

}  // namespace gatehouse::chat
