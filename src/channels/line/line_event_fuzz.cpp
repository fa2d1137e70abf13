// The decoder of webhooks: whatever a platform, or whoever has its secret, may send.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gatehouse/base/text.hpp"
#include "line_event.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::channels::line;
  const auto read = read_webhook({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  for (const auto& [event, json] : *read) {
    if (event.kind == EventKind::kOther) continue;
    if (!gatehouse::scan_utf8(event.text).is_valid || event.chat_id.empty()) std::abort();
    const auto again = read_event(json);
    if (!again || again->text != event.text || again->id != event.id || again->kind != event.kind ||
        again->wants_answer() != event.wants_answer())
      std::abort();
  }
  return 0;
}
