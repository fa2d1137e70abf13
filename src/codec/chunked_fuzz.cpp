// However a chunked body is split, the same bytes come out, and never more are consumed than belong
// to it.
#include <cstdlib>
#include <string>

#include "gatehouse/codec/chunked.hpp"

namespace {

using gatehouse::codec::ChunkedDecoder;

struct Outcome {
  ChunkedDecoder::State state = ChunkedDecoder::State::kMore;
  std::size_t consumed = 0;
  std::string data;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome decode(std::string_view text, std::size_t step) {
  ChunkedDecoder decoder;
  Outcome outcome;
  while (outcome.consumed < text.size() && outcome.state == ChunkedDecoder::State::kMore) {
    const auto piece = decoder.decode(text.substr(outcome.consumed, step));
    outcome.state = piece.state;
    outcome.data += piece.data;
    outcome.consumed += piece.consumed;
    if (piece.consumed == 0 && piece.state == ChunkedDecoder::State::kMore)
      std::abort();  // no progress
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (decode(text, 1 + data[0] % 16) != decode(text, text.size() + 1)) std::abort();
  return 0;
}
