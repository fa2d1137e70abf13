// What gatehouse-extract writes to its parent, and how the parent reads it without trusting it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gatehouse/base/error.hpp"
#include "gatehouse/knowledge/document.hpp"

namespace gatehouse::extract {

// A reply is two frames, each a length of four bytes (big-endian) and that many bytes: an object in
// JSON, and the text.
//   {"title": "…", "blocks": [[kind, level, start, end], [0, level, start, end, "title"], …]}
//   {"error": "reason"} with an empty text
// The text has a frame of its own so that 8 MB need neither escaping nor parsing.
inline constexpr std::size_t kMaxReplyTextBytes = 2 * knowledge::kMaxDocumentBytes;
inline constexpr std::size_t kMaxReplyJsonBytes = 48u << 20;
inline constexpr std::size_t kMaxReplyBytes = kMaxReplyTextBytes + kMaxReplyJsonBytes + 8;

std::string encode_reply(const Result<knowledge::ExtractedDocument>& document);

// A child that a document took over may send anything: everything that a chunk relies on is
// checked.
Result<knowledge::ExtractedDocument> decode_reply(std::string_view reply);

}  // namespace gatehouse::extract
