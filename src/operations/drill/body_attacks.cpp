// Bodies that are too large, broken, or not what they say they are.
#include "judges.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::string_view kStep =
    "Bound bodies by size and depth before they are read, and refuse what isn't one JSON object.";
constexpr std::size_t kLargeBytes = 3 * 1024 * 1024;

Finding send_body(Target& target, const std::string& body, const std::string& more_lines = {}) {
  if (!target.takes_messages()) return skipped("the server takes no messages");
  auto ask = target.chat_ask(body);
  ask.lines += more_lines;
  return judge_refusal(target.ask(ask));
}

// Two members of one name, which two parsers read differently.
std::string doubled(const Target& target) {
  auto body = target.chat_body("hello");
  const auto member = body.substr(1, body.size() - 2);
  return "{" + member + "," + member + "}";
}

// `raw` stands in the message as it is.
std::string with_raw(const Target& target, std::string_view raw) {
  auto body = target.chat_body("MARK");
  return body.replace(body.find("MARK"), 4, raw);
}

Finding announce_too_much(Target& target) {
  if (!target.takes_messages()) return skipped("the server takes no messages");
  auto ask = target.chat_ask("{");
  ask.lines += "Content-Length: 107374182400\r\n";
  const auto exchange =
      target.send({.pieces = {target.bytes_of(ask)}, .wait = std::chrono::seconds(5)});
  if (exchange.answers.empty() && !exchange.is_closed)
    return failed("it waits for a body of 100 GB");
  return judge_refusal(exchange.first());
}

std::string nested(const Target& target) {
  constexpr std::size_t kDepth = 20'000;
  auto body = target.chat_body("hello");
  body.pop_back();
  return body + ",\"metadata\":" + std::string(kDepth, '[') + std::string(kDepth, ']') + "}";
}

using Make = std::string (*)(const Target&);

struct Broken {
  std::string_view id;
  std::string_view tries;
  Make make;
  std::string_view lines = {};
  Pace pace = Pace::kFull;
};

constexpr Broken kBroken[] = {
    {"too-large", "sends a body of 3 MB",
     [](const Target& target) { return target.chat_body(std::string(kLargeBytes, 'a')); }},
    {"deep", "nests 20,000 arrays", nested},
    {"doubled-member", "gives a member twice", doubled, {}, Pace::kGentle},
    {"nul", "puts a NUL into a message",
     [](const Target& target) { return with_raw(target, "a\\u0000b"); }},
    {"broken-utf8", "sends bytes that are not UTF-8",
     [](const Target& target) { return with_raw(target, "a\xc3\x28\xff"); }},
    {"lone-surrogate", "sends half a character",
     [](const Target& target) { return with_raw(target, "a\\ud800b"); }},
    {"cut",
     "sends half an object",
     [](const Target& target) { return target.chat_body("hello").substr(0, 12); },
     {},
     Pace::kGentle},
    {"array", "sends an array instead of an object",
     [](const Target& target) { return "[" + target.chat_body("hello") + "]"; }},
    {"trailing", "adds a second object behind the first",
     [](const Target& target) { return target.chat_body("hello") + target.chat_body("you"); }},
    {"wrong-type", "sends a number as the message",
     [](const Target& target) {
       auto body = target.chat_body("MARK");
       return body.replace(body.find("\"MARK\""), 6, "12345678901234567890123");
     }},
    {"blank", "sends an empty body", [](const Target&) { return std::string(); }},
    {"form-type", "says that JSON is a form",
     [](const Target& target) { return target.chat_body("hello"); },
     "Content-Type: application/x-www-form-urlencoded\r\n", Pace::kGentle},
    {"text-type", "says that JSON is plain text",
     [](const Target& target) { return target.chat_body("hello"); },
     "Content-Type: text/plain\r\n"},
    {"compressed", "says that the body is compressed",
     [](const Target& target) { return target.chat_body("hello"); }, "Content-Encoding: gzip\r\n"},
};

}  // namespace

Attacks body_attacks() {
  Attacks attacks;
  for (const auto& broken : kBroken) {
    attacks.push_back({.id = std::string(broken.id),
                       .tries = broken.tries,
                       .severity = DrillSeverity::kMedium,
                       .pace = broken.pace,
                       .next_step = kStep,
                       .run = [&broken](Target& target) {
                         return send_body(target, broken.make(target), std::string(broken.lines));
                       }});
  }
  attacks.push_back({.id = "announced",
                     .tries = "announces a body of 100 GB",
                     .severity = DrillSeverity::kMedium,
                     .next_step = kStep,
                     .run = announce_too_much});
  return attacks;
}

}  // namespace gatehouse::operations
