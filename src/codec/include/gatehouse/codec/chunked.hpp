// The chunked transfer coding (RFC 9112 §7.1), decoding strictly and without copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::codec {

// Decodes a chunked body piece by piece. Refuses bare LF, sizes that aren't plain hexadecimal,
// white space around them, and more than 4 KB of extensions or trailers, whose contents are
// ignored.
class ChunkedDecoder {
 public:
  enum class State : std::uint8_t { kMore, kDone, kMalformed };

  struct Step {
    State state = State::kMore;
    std::size_t consumed = 0;  // of `input`
    std::string_view
        data;  // decoded bytes, a view into `input`; the caller calls again for the rest
  };
  // Never consumes past the end of the body.
  Step decode(std::string_view input);

 private:
  enum class Phase : std::uint8_t {
    kSize,
    kExtension,
    kSizeLineFeed,
    kData,
    kDataReturn,
    kDataLineFeed,
    kTrailerStart,
    kTrailer,
    kTrailerLineFeed,
    kEndLineFeed,
    kDone,
    kMalformed,
  };
  Phase next(char c);
  Phase after_size(char c);

  Phase phase_ = Phase::kSize;
  std::uint64_t left_ = 0;  // of the current chunk
  std::uint8_t size_digits_ = 0;
  std::uint16_t ignored_bytes_ = 0;
};

// "1a\r\n" + data + "\r\n", appended. `data` is not empty (an empty chunk would end the body).
void append_chunk(std::string& out, std::string_view data);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace gatehouse::codec
