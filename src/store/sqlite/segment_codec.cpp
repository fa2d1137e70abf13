#include "segment_codec.hpp"

namespace gatehouse::store::sqlite {
namespace {

using knowledge::Segment;
using knowledge::SegmentKind;

constexpr std::uint64_t kBeginsBlock = 0x80;

void append_number(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out += static_cast<char>(static_cast<std::uint8_t>(value | 0x80));
  out += static_cast<char>(static_cast<std::uint8_t>(value));
}

std::optional<std::uint64_t> take_number(std::string_view& blob) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 35 && !blob.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(blob.front());
    blob.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string encode_segments(const std::vector<Segment>& segments, std::uint64_t start) {
  std::string out;
  for (const auto& segment : segments) {
    append_number(
        out, static_cast<std::uint64_t>(segment.kind) | (segment.begins_block ? kBeginsBlock : 0));
    append_number(out, segment.start - start);
    append_number(out, segment.end - segment.start);
    start = segment.end;
  }
  return out;
}

std::optional<std::vector<Segment>> decode_segments(std::string_view blob, std::uint64_t start,
                                                    std::uint64_t end) {
  std::vector<Segment> segments;
  while (!blob.empty()) {
    const auto kind = take_number(blob);
    const auto gap = take_number(blob);
    const auto length = take_number(blob);
    if (!kind || !gap || !length) return std::nullopt;
    const auto plain_kind = *kind & ~kBeginsBlock;
    if (plain_kind > static_cast<std::uint64_t>(SegmentKind::kQuote)) return std::nullopt;
    segments.push_back({.kind = static_cast<SegmentKind>(plain_kind),
                        .begins_block = (*kind & kBeginsBlock) != 0,
                        .start = start + *gap,
                        .end = start + *gap + *length});
    start = segments.back().end;
    if (start > end) return std::nullopt;
  }
  if (segments.empty()) return std::nullopt;
  return segments;
}

}  // namespace gatehouse::store::sqlite
