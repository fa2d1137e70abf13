#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gatehouse/base/text.hpp"
#include "gatehouse/extract/reply_codec.hpp"

// What a child that was taken over might send to the server.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  const auto document = extract::decode_reply({reinterpret_cast<const char*>(data), size});
  if (!document) return 0;
  const auto scan = scan_utf8(document->text);
  if (!scan.is_valid) std::abort();
  std::uint64_t last = 0;
  for (const auto& block : document->blocks) {
    if (block.start < last || block.start >= block.end || block.end > scan.characters) std::abort();
    last = block.end;
  }
  const auto again = extract::decode_reply(extract::encode_reply(document));
  if (!again || again->blocks != document->blocks || again->text != document->text) std::abort();
  return 0;
}
