// However a stream of lines is split, the same lines come out.
#include <cstdlib>
#include <string>
#include <vector>

#include "gatehouse/codec/ndjson.hpp"

namespace {

std::vector<std::string> lines_of(std::string_view text, std::size_t step) {
  gatehouse::codec::NdjsonParser parser(1024);
  std::vector<std::string> lines;
  std::string_view line;
  while (!text.empty() && !parser.has_failed()) {
    auto piece = text.substr(0, step);
    text.remove_prefix(piece.size());
    while (parser.next(piece, line)) lines.emplace_back(line);
  }
  if (parser.last(line)) lines.emplace_back(line);
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (lines_of(text, 1 + data[0] % 32) != lines_of(text, text.size() + 1)) std::abort();
  return 0;
}
