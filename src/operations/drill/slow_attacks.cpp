// Clients that take their time, to hold connections open.
#include "judges.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::string_view kStep =
    "Bound the time of heads and bodies (GATEHOUSE_HEADER_TIMEOUT_MS, GATEHOUSE_BODY_TIMEOUT_MS).";
constexpr Duration kPause = std::chrono::milliseconds(250);

// A byte now and then, for longer than any server should wait.
Finding drip(Target& target, std::string start) {
  const auto patience = std::chrono::seconds(target.options().patience_s);
  Script script{.pieces = {std::move(start)}, .pause = kPause, .wait = patience};
  const auto count = static_cast<std::size_t>(patience / kPause);
  script.pieces.resize(count + 1, "a");
  return judge_slow(target.send(script, false), target.options().patience_s * 1000);
}

Finding drip_head(Target& target) {
  return drip(target, "GET / HTTP/1.1\r\nHost: " + target.server().host_header() + "\r\nX-Slow: ");
}

Finding drip_body(Target& target) {
  if (!target.takes_messages()) return skipped("the server takes no messages");
  auto ask = target.chat_ask("{\"message\":\"");
  ask.lines += "Content-Length: 100000\r\nConnection: keep-alive\r\n";
  return drip(target, target.bytes_of(ask));
}

}  // namespace

Attacks slow_attacks() {
  return {{.id = "head",
           .tries = "sends a head byte by byte",
           .severity = DrillSeverity::kMedium,
           .next_step = kStep,
           .run = drip_head},
          {.id = "body",
           .tries = "sends a body byte by byte",
           .severity = DrillSeverity::kMedium,
           .next_step = kStep,
           .run = drip_body}};
}

}  // namespace gatehouse::operations
