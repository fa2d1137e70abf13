// What stands in the file of kept answers, after it was opened and unpacked.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gatehouse/responders/cache/kept_reply.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  const auto reply = responders::kept_reply_from_json(json, WallTime());
  if (!reply) return 0;
  const auto again =
      responders::kept_reply_from_json(responders::kept_reply_to_json(*reply), WallTime());
  if (!again || again->events.size() != reply->events.size()) std::abort();
  return 0;
}
