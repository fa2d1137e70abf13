#include "compression.hpp"

#include <zstd.h>

namespace gatehouse::store::sqlite {

std::string compressed(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size =
      ZSTD_compress(out.data(), out.size(), text.data(), text.size(), ZSTD_CLEVEL_DEFAULT);
  // With that much room nothing can fail but memory.
  out.resize(ZSTD_isError(size) != 0 ? 0 : size);
  return out;
}

std::optional<std::string> decompressed(std::string_view bytes, std::size_t max_bytes) {
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > max_bytes)
    return std::nullopt;
  std::string out(static_cast<std::size_t>(size), '\0');
  const std::size_t made = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(made) != 0 || made != out.size()) return std::nullopt;
  return out;
}

}  // namespace gatehouse::store::sqlite
