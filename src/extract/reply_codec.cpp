#include "gatehouse/extract/reply_codec.hpp"

#include <boost/json.hpp>
#include <cstdint>
#include <optional>

#include "gatehouse/base/text.hpp"

namespace gatehouse::extract {
namespace {

namespace json = boost::json;
using knowledge::Block;
using knowledge::BlockKind;
using knowledge::ExtractedDocument;

void append_frame(std::string& out, std::string_view bytes) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(static_cast<std::uint8_t>(bytes.size() >> shift));
  }
  out += bytes;
}

std::optional<std::string_view> take_frame(std::string_view& reply, std::size_t max_bytes) {
  if (reply.size() < 4) return std::nullopt;
  std::size_t length = 0;
  for (int i = 0; i < 4; ++i)
    length = length << 8 | static_cast<std::uint8_t>(reply[static_cast<std::size_t>(i)]);
  reply.remove_prefix(4);
  if (length > reply.size() || length > max_bytes) return std::nullopt;
  const auto frame = reply.substr(0, length);
  reply.remove_prefix(length);
  return frame;
}

std::optional<std::uint64_t> number(const json::value& value) {
  if (const auto* positive = value.if_int64(); positive != nullptr && *positive >= 0) {
    return static_cast<std::uint64_t>(*positive);
  }
  return std::nullopt;
}

std::optional<Block> read_block(const json::value& value, std::uint64_t from, std::uint64_t limit) {
  const auto* fields = value.if_array();
  if (fields == nullptr || fields->size() < 4) return std::nullopt;
  const auto kind = number((*fields)[0]);
  const auto level = number((*fields)[1]);
  const auto start = number((*fields)[2]);
  const auto end = number((*fields)[3]);
  if (!kind || !level || !start || !end) return std::nullopt;
  if (*kind > static_cast<std::uint64_t>(BlockKind::kQuote) || *level > 255) return std::nullopt;
  if (*start < from || *start >= *end || *end > limit) return std::nullopt;
  Block block{.kind = static_cast<BlockKind>(*kind),
              .level = static_cast<std::uint8_t>(*level),
              .start = *start,
              .end = *end};
  if (fields->size() > 4) {
    const auto* title = (*fields)[4].if_string();
    if (title == nullptr || title->size() > knowledge::kMaxTitleBytes) return std::nullopt;
    block.title = std::string(title->data(), title->size());
  }
  return block;
}

std::unexpected<Error> malformed() {
  return fail(ErrorCode::kInternal, "The document reader gave no usable answer.");
}

bool read_blocks(const json::object& reply, std::uint64_t characters, ExtractedDocument& out) {
  const auto* blocks = reply.if_contains("blocks");
  if (blocks == nullptr || !blocks->is_array()) return false;
  if (blocks->get_array().size() > knowledge::kMaxBlocks) return false;
  std::uint64_t from = 0;
  for (const auto& value : blocks->get_array()) {
    auto block = read_block(value, from, characters);
    if (!block) return false;
    from = block->end;
    out.blocks.push_back(std::move(*block));
  }
  return true;
}

}  // namespace

std::string encode_reply(const Result<ExtractedDocument>& document) {
  std::string out;
  if (!document) {
    append_frame(out, json::serialize(json::object{{"error", document.error().client_message}}));
    append_frame(out, {});
    return out;
  }
  json::array blocks;
  blocks.reserve(document->blocks.size());
  for (const auto& block : document->blocks) {
    json::array fields{static_cast<unsigned>(block.kind), block.level, block.start, block.end};
    if (!block.title.empty()) fields.emplace_back(block.title);
    blocks.emplace_back(std::move(fields));
  }
  append_frame(out, json::serialize(
                        json::object{{"title", document->title}, {"blocks", std::move(blocks)}}));
  append_frame(out, document->text);
  return out;
}

Result<ExtractedDocument> decode_reply(std::string_view reply) {
  const auto head = take_frame(reply, kMaxReplyJsonBytes);
  if (!head) return malformed();
  const auto text = take_frame(reply, kMaxReplyTextBytes);
  if (!text || !reply.empty()) return malformed();
  json::error_code error;
  json::parse_options options;
  options.max_depth = 4;
  const auto value = json::parse(json::string_view(head->data(), head->size()), error, {}, options);
  if (error || !value.is_object()) return malformed();
  const auto& object = value.get_object();
  if (const auto* reason = object.if_contains("error"); reason != nullptr && reason->is_string()) {
    constexpr std::size_t kMaxReasonBytes = 200;
    const auto& words = reason->get_string();
    if (words.size() > kMaxReasonBytes) return malformed();
    return fail(ErrorCode::kUnsupportedMedia, std::string(words.data(), words.size()));
  }
  const auto scan = scan_utf8(*text);
  const auto* title = object.if_contains("title");
  if (!scan.is_valid || title == nullptr || !title->is_string()) return malformed();
  if (title->get_string().size() > knowledge::kMaxTitleBytes) return malformed();
  ExtractedDocument document;
  document.title.assign(title->get_string().data(), title->get_string().size());
  document.text = std::string(*text);
  if (!read_blocks(object, scan.characters, document)) return malformed();
  return document;
}

}  // namespace gatehouse::extract
