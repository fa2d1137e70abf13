// However a stream of events is split, the same events come out.
#include <cstdlib>
#include <string>
#include <vector>

#include "gatehouse/codec/sse.hpp"

namespace {

std::vector<std::string> events_of(std::string_view text, std::size_t step) {
  gatehouse::codec::SseParser parser(4096);
  std::vector<std::string> events;
  while (!text.empty() && !parser.has_failed()) {
    auto piece = text.substr(0, step);
    text.remove_prefix(piece.size());
    gatehouse::codec::SseEvent event;
    while (parser.next(piece, event)) {
      events.push_back(std::string(event.event) + '\0' + std::string(event.data) + '\0' +
                       std::string(event.id));
    }
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = 1 + data[0] % 32;
  if (text.size() < 4000 && events_of(text, step) != events_of(text, text.size() + 1)) std::abort();
  events_of(text, step);
  return 0;
}
