#include "gatehouse/codec/chunked.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace gatehouse::codec {
namespace {

// Decodes `text` in pieces of `step` bytes; nothing if it is malformed or not complete.
std::optional<std::string> decode(std::string_view text, std::size_t step,
                                  std::size_t* used = nullptr) {
  ChunkedDecoder decoder;
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    auto piece = text.substr(at, step);
    while (!piece.empty()) {
      const auto taken = decoder.decode(piece);
      out += taken.data;
      piece.remove_prefix(taken.consumed);
      at += taken.consumed;
      if (taken.state == ChunkedDecoder::State::kMalformed) return std::nullopt;
      if (taken.state == ChunkedDecoder::State::kDone) {
        if (used != nullptr) *used = at;
        return out;
      }
    }
  }
  return std::nullopt;
}

TEST(ChunkedDecoder, DecodesHoweverItIsSplitAndStopsAtTheEnd) {
  const std::string text =
      "5\r\nhello\r\n1;ext=1\r\n \r\n00006\r\nworld!\r\n0\r\nTrailer: 1\r\n\r\nNEXT";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    std::size_t used = 0;
    EXPECT_EQ(decode(text, step, &used), "hello world!");
    EXPECT_EQ(text.substr(used), "NEXT");
  }
}

TEST(ChunkedDecoder, RefusesWhatParsersReadDifferently) {
  for (const std::string_view text :
       {"5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhelloX0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
        "-1\r\n\r\n", "g\r\n", "\r\n", ";a\r\n", "5;a\nb\r\nhello\r\n", "10000000000000000\r\n",
        "0\r\nTrailer: \x01\r\n\r\n"}) {
    EXPECT_EQ(decode(text, 1), std::nullopt) << text;
    EXPECT_EQ(decode(text, 100), std::nullopt) << text;
  }
}

TEST(ChunkedDecoder, BoundsWhatItIgnores) {
  EXPECT_TRUE(decode("1;" + std::string(4000, 'a') + "\r\nx\r\n0\r\n\r\n", 100));
  EXPECT_FALSE(decode("1;" + std::string(5000, 'a') + "\r\nx\r\n0\r\n\r\n", 100));
  EXPECT_FALSE(decode("0\r\nA: " + std::string(5000, 'a') + "\r\n\r\n", 100));
}

TEST(AppendChunk, IsReadBack) {
  std::string text;
  append_chunk(text, std::string(300, 'x'));
  text += kLastChunk;
  EXPECT_EQ(decode(text, 7), std::string(300, 'x'));
}

}  // namespace
}  // namespace gatehouse::codec
