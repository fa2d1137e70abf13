// The segments of a chunk as one small blob.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/knowledge/document.hpp"

namespace gatehouse::store::sqlite {

// Kind and gap and length as variable-length numbers: about three bytes a segment.
std::string encode_segments(const std::vector<knowledge::Segment>& segments, std::uint64_t start);
// nullopt if the blob is damaged or a segment lies outside [start, end).
std::optional<std::vector<knowledge::Segment>> decode_segments(std::string_view blob,
                                                               std::uint64_t start,
                                                               std::uint64_t end);

}  // namespace gatehouse::store::sqlite
