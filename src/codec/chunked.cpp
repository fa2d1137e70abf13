#include "gatehouse/codec/chunked.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "gatehouse/base/text.hpp"

namespace gatehouse::codec {
namespace {

constexpr std::uint16_t kMaxIgnoredBytes = 4096;
constexpr std::uint8_t kMaxSizeDigits = 15;  // a size always fits 64 bits

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

}  // namespace

ChunkedDecoder::Phase ChunkedDecoder::after_size(char c) {
  if (size_digits_ == 0) return Phase::kMalformed;
  if (c == '\r') return Phase::kSizeLineFeed;
  return c == ';' ? Phase::kExtension : Phase::kMalformed;
}

ChunkedDecoder::Phase ChunkedDecoder::next(char c) {
  const auto expect = [c](char wanted, Phase then) {
    return c == wanted ? then : Phase::kMalformed;
  };
  switch (phase_) {
    case Phase::kSize: {
      const int digit = hex_value(c);
      if (digit < 0) return after_size(c);
      if (++size_digits_ > kMaxSizeDigits) return Phase::kMalformed;
      left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
      return Phase::kSize;
    }
    case Phase::kExtension:
      if (c == '\r') return Phase::kSizeLineFeed;
      return is_control(c) || ++ignored_bytes_ > kMaxIgnoredBytes ? Phase::kMalformed
                                                                  : Phase::kExtension;
    case Phase::kSizeLineFeed:
      size_digits_ = 0;
      return expect('\n', left_ == 0 ? Phase::kTrailerStart : Phase::kData);
    case Phase::kDataReturn:
      return expect('\r', Phase::kDataLineFeed);
    case Phase::kDataLineFeed:
      return expect('\n', Phase::kSize);
    case Phase::kTrailerStart:
      if (c == '\r') return Phase::kEndLineFeed;
      [[fallthrough]];
    case Phase::kTrailer:
      if (c == '\r') return Phase::kTrailerLineFeed;
      return is_control(c) || ++ignored_bytes_ > kMaxIgnoredBytes ? Phase::kMalformed
                                                                  : Phase::kTrailer;
    case Phase::kTrailerLineFeed:
      return expect('\n', Phase::kTrailerStart);
    case Phase::kEndLineFeed:
      return expect('\n', Phase::kDone);
    case Phase::kData:
    case Phase::kDone:
    case Phase::kMalformed:
      break;
  }
  return phase_;
}

ChunkedDecoder::Step ChunkedDecoder::decode(std::string_view input) {
  Step step;
  while (step.consumed < input.size() && phase_ != Phase::kDone && phase_ != Phase::kMalformed) {
    if (phase_ == Phase::kData) {
      const auto take =
          static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - step.consumed));
      step.data = input.substr(step.consumed, take);
      step.consumed += take;
      left_ -= take;
      if (left_ == 0) phase_ = Phase::kDataReturn;
      return step;
    }
    phase_ = next(input[step.consumed++]);
  }
  if (phase_ == Phase::kDone) step.state = State::kDone;
  if (phase_ == Phase::kMalformed) step.state = State::kMalformed;
  return step;
}

void append_chunk(std::string& out, std::string_view data) {
  std::array<char, 16> size;
  const auto end = std::to_chars(size.data(), size.data() + size.size(), data.size(), 16).ptr;
  out.append(size.data(), end);
  out += "\r\n";
  out += data;
  out += "\r\n";
}

}  // namespace gatehouse::codec
