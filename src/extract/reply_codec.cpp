#include "gatehouse/extract/reply_codec.hpp"

#include <array>
#include <cstdint>
#include <optional>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::extract {
namespace {

using codec::JsonValue;
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

std::optional<Block> read_block(const JsonValue& value, std::uint64_t from, std::uint64_t limit) {
  constexpr std::size_t kNumbers = 4;
  std::array<std::uint64_t, kNumbers> numbers{};
  std::string_view title;
  std::size_t count = 0;
  for (const JsonValue field : value.elements()) {
    if (count < kNumbers) {
      const auto number = field.natural();
      if (!number) return std::nullopt;
      numbers[count] = *number;
    } else if (count == kNumbers) {
      if (!field.is_string()) return std::nullopt;
      title = field.string_or_empty();
    }
    ++count;
  }
  const auto [kind, level, start, end] = numbers;
  if (count < kNumbers || title.size() > knowledge::kMaxTitleBytes) return std::nullopt;
  if (kind > static_cast<std::uint64_t>(BlockKind::kQuote) || level > 255) return std::nullopt;
  if (start < from || start >= end || end > limit) return std::nullopt;
  return Block{.kind = static_cast<BlockKind>(kind),
               .level = static_cast<std::uint8_t>(level),
               .start = start,
               .end = end,
               .title = std::string(title)};
}

std::unexpected<Error> malformed() {
  return fail(ErrorCode::kInternal, "The document reader gave no usable answer.");
}

bool read_blocks(const JsonValue& blocks, std::uint64_t characters, ExtractedDocument& out) {
  if (!blocks.is_array() || blocks.size() > knowledge::kMaxBlocks) return false;
  std::uint64_t from = 0;
  for (const JsonValue value : blocks.elements()) {
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
  std::string head;
  JsonWriter json(head);
  if (!document) {
    json.begin_object().member("error", document.error().client_message).end_object();
    append_frame(out, head);
    append_frame(out, {});
    return out;
  }
  json.begin_object().member("title", document->title).key("blocks").begin_array();
  for (const auto& block : document->blocks) {
    json.begin_array()
        .number(static_cast<std::uint64_t>(block.kind))
        .number(std::uint64_t{block.level})
        .number(block.start)
        .number(block.end);
    if (!block.title.empty()) json.string(block.title);
    json.end_array();
  }
  json.end_array().end_object();
  append_frame(out, head);
  append_frame(out, document->text);
  return out;
}

Result<ExtractedDocument> decode_reply(std::string_view reply) {
  const auto head = take_frame(reply, kMaxReplyJsonBytes);
  if (!head) return malformed();
  const auto text = take_frame(reply, kMaxReplyTextBytes);
  if (!text || !reply.empty()) return malformed();
  codec::JsonReader reader({.depth = 4});
  const auto value = reader.read(*head);
  if (!value || !value->is_object()) return malformed();
  if (const auto reason = (*value)["error"].string()) {
    constexpr std::size_t kMaxReasonBytes = 200;
    if (reason->size() > kMaxReasonBytes) return malformed();
    return fail(ErrorCode::kUnsupportedMedia, std::string(*reason));
  }
  const auto scan = scan_utf8(*text);
  const auto title = (*value)["title"].string();
  if (!scan.is_valid || !title || title->size() > knowledge::kMaxTitleBytes) return malformed();
  ExtractedDocument document;
  document.title = *title;
  document.text = std::string(*text);
  if (!read_blocks((*value)["blocks"], scan.characters, document)) return malformed();
  return document;
}

}  // namespace gatehouse::extract
