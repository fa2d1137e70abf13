// However a client's bytes are cut, the same messages come out, and none is larger than it may be.
#include <cstdlib>
#include <string>
#include <vector>

#include "gatehouse/codec/websocket.hpp"

namespace {

using namespace gatehouse::codec;

constexpr WebSocketLimits kLimits{.frame_bytes = 1000, .message_bytes = 2000};

std::vector<std::string> events_of(std::string_view bytes, std::size_t step, bool is_deflated) {
  std::optional<WebSocketDeflate> terms;
  if (is_deflated) terms.emplace();
  WebSocketReader reader(kLimits, terms);
  std::vector<std::string> events;
  while (!bytes.empty() && !reader.has_ended()) {
    auto piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    WebSocketEvent event;
    while (reader.next(piece, event)) {
      if (event.payload.size() > kLimits.message_bytes) std::abort();
      // Which of two limits a message has passed first depends on how it is cut.
      const bool is_fault = event.kind == WebSocketEvent::Kind::kFault;
      events.push_back(std::to_string(static_cast<int>(event.kind)) +
                       (is_fault ? "" : std::to_string(event.code) + std::string(event.payload)));
    }
    if (!reader.has_ended() && !piece.empty()) std::abort();
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = 1 + data[0] % 16;
  const bool is_deflated = data[0] >= 128;
  if (events_of(bytes, step, is_deflated) != events_of(bytes, bytes.size(), is_deflated))
    std::abort();
  static_cast<void>(agree_on_deflate(bytes));
  return 0;
}
