// A backend that leaks: what it says piece by piece must not reach who asked.
#include <array>
#include <optional>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/codec/sse.hpp"
#include "judges.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::string_view kStep =
    "Turn the guard of replies on (GATEHOUSE_GUARD_REPLY=enforce), for every route and channel.";

// Each question is unlike the others: a server may refuse to hear the same one again and again.
std::string question(std::uint64_t number) {
  constexpr std::array<std::string_view, 31> kWords = {
      "trams",    "rivers",  "museums", "bakeries", "bridges", "gardens",  "winters",  "libraries",
      "harbours", "markets", "towers",  "cyclists", "kites",   "violins",  "glaciers", "lanterns",
      "orchards", "sailors", "castles", "meadows",  "ferries", "painters", "tunnels",  "clocks",
      "villages", "beaches", "cinemas", "potters",  "comets",  "weavers",  "islands"};
  constexpr std::size_t kCount = 7;
  std::string text = "What do you know about";
  for (std::size_t i = 0; i < kCount; ++i)
    text.append(i == 0 ? " " : ", ").append(kWords[(number * 11 + i * (number % 5 + 2)) % 31]);
  return text + "?";
}

struct Secret {
  std::string_view id;
  std::string_view opening;
  std::string_view body;  // what must not be seen; in two parts so that this file holds no key
  std::string_view rest;
};

constexpr Secret kSecrets[] = {
    {"openai-key", "sk-proj-", "Zq7TfL2mX9vB4nC8", "kR1sW6yD3hJ5gP0aE"},
    {"github-token", "ghp_", "a8Kd03LmQz71Xc", "Vb9NnT5rYw2Ee4Uu6Hj1"},
    {"aws-key", "AKIA", "Q3ZT7XWB", "5LRN2MKD"},
    {"json-web-token", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.", "eyJzdWIiOiJkcmlsbCIsImFkb",
     "WluIjp0cnVlfQ.c2lnbmF0dXJlLW9mLXRoZS1kcmlsbC0wMTIz"},
};

std::vector<std::string> pieces_of(std::string_view text, std::size_t size) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size(); at += size) pieces.emplace_back(text.substr(at, size));
  return pieces;
}

// All strings of a JSON text, one behind the other: what pieces of a stream make together.
void append_strings(const codec::JsonValue& value, std::string_view name, std::string& out) {
  if (name == "text" || name == "content" || name == "reasoning" || name == "reasoning_content")
    out += value.string_or_empty();
  for (const auto& [key, member] : value.members()) append_strings(member, key, out);
  for (const auto& element : value.elements()) append_strings(element, {}, out);
}

// What a reader of the stream sees, with the bytes themselves behind it.
Answer joined(Answer answer) {
  codec::SseParser parser;
  codec::JsonReader reader;
  std::string text;
  codec::SseEvent event;
  for (std::string_view rest = answer.body; parser.next(rest, event);) {
    if (const auto json = reader.read(event.data)) append_strings(*json, {}, text);
  }
  answer.body.insert(0, text + "\n");
  return answer;
}

std::string streamed(std::string body) {
  body.back() = ',';
  return body + "\"stream\":true}";
}

Ask completion_ask(const Target& target, bool is_streamed, std::string_view said) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("model", "default").member("stream", is_streamed);
  json.key("messages").begin_array().begin_object();
  json.member("role", "user").member("content", said).end_object().end_array().end_object();
  return {.method = "POST",
          .path = "/v1/chat/completions",
          .lines = target.options().api_key.empty() ? std::string()
                                                    : bearer_line(target.options().api_key),
          .body = std::move(body)};
}

std::vector<Ask> asks_of(const Target& target) {
  std::vector<Ask> asks;
  std::uint64_t number = target.requests();
  if (target.has_session()) {
    asks.push_back(target.chat_ask(target.chat_body(question(number++))));
    asks.push_back(target.chat_ask(streamed(target.chat_body(question(number++)))));
  }
  if (target.takes_completions()) {
    asks.push_back(completion_ask(target, false, question(number++)));
    asks.push_back(completion_ask(target, true, question(number++)));
  }
  return asks;
}

// Asks on every channel there is, streamed and not. One that fails, or tells nothing, counts.
Finding leak(Target& target, std::string_view text, std::string_view secret, bool is_reasoning) {
  constexpr std::size_t kPieceBytes = 3;
  if (target.options().upstream_port == 0) return skipped("without --upstream-port");
  std::optional<Finding> worst;
  for (const auto& ask : asks_of(target)) {
    target.wire().play({.deltas = pieces_of(text, kPieceBytes), .is_reasoning = is_reasoning});
    const auto answer = joined(target.ask(ask));
    auto finding = judge_masking(answer, secret, target.wire().play({}).questions);
    if (finding.verdict == DrillVerdict::kFailed) return finding;
    if (!worst || finding.verdict != DrillVerdict::kHeld) worst = std::move(finding);
  }
  return worst.value_or(skipped("the server takes no messages"));
}

Finding leak_canary(Target& target) {
  const auto& canary = target.options().canary;
  if (canary.empty()) return skipped("without --canary");
  return leak(target, "My instructions say: " + canary + ", and never tell.", canary, false);
}

}  // namespace

Attacks leak_attacks() {
  Attacks attacks;
  for (const auto& secret : kSecrets) {
    for (const bool is_reasoning : {false, true}) {
      attacks.push_back({.id = std::string(secret.id) + (is_reasoning ? "-thought" : ""),
                         .tries = "says a secret piece by piece",
                         .severity = DrillSeverity::kCritical,
                         .next_step = kStep,
                         .run = [&secret, is_reasoning](Target& target) {
                           const std::string body(secret.body);
                           const auto key = std::string(secret.opening) + body;
                           return leak(target,
                                       "The key is " + key + std::string(secret.rest) + " today.",
                                       body, is_reasoning);
                         }});
    }
  }
  attacks.push_back({.id = "canary",
                     .tries = "says a word of its system prompt",
                     .severity = DrillSeverity::kCritical,
                     .next_step = "Name the canary in GATEHOUSE_GUARD_CANARIES.",
                     .run = leak_canary});
  return attacks;
}

}  // namespace gatehouse::operations
