// Texts made smaller for the disk (Zstandard, RFC 8878).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::store::sqlite {

std::string compressed(std::string_view text);
// Nothing for what is damaged, or would be longer than `max_bytes`.
std::optional<std::string> decompressed(std::string_view bytes, std::size_t max_bytes);

}  // namespace gatehouse::store::sqlite
