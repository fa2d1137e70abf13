// What a responder says, in one form for the whole house.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace gatehouse::chat {

// Which stream of a choice a piece of text belongs to. The guard scans each (choice, lane) on its
// own.
enum class Lane : std::uint8_t { kText, kReasoning, kRefusal };
inline constexpr std::size_t kLanes = 3;

enum class FinishReason : std::uint8_t { kStop, kLength, kToolCalls, kContentFilter, kStopped };
std::string_view name_of(FinishReason reason);  // as OpenAI spells it; kStopped: "stopped"

// Whether an answer was kept from before.
enum class CacheOutcome : std::uint8_t {
  kNone,  // it can't be
  kMiss,  // not yet
  kHit,   // it was, or another asked the same at the same time: it costs nothing
};

struct ReplyStart {
  std::string responder;         // its name in the route
  std::string model;             // as the backend names it; empty if it has none
  std::string asked_model = {};  // as it was asked for; not shown
  CacheOutcome cache = CacheOutcome::kNone;
  std::uint32_t age_s = 0;  // of a hit: since it was answered
};

struct ReplyDelta {
  std::uint32_t choice = 0;
  Lane lane = Lane::kText;
  std::string text;  // valid UTF-8, never split inside a character
};

struct Citation {
  std::uint32_t number = 0;  // the [n] in the text
  std::string document_id;
  std::string file;  // relative to the folder it came from
  std::string title;
  std::string heading;      // "Limits > Windows"; empty if there is none
  std::uint64_t start = 0;  // code points into the document's text, [start, end)
  std::uint64_t end = 0;
  std::string quote;  // the document's text between them
};

// A piece of a tool call; pieces of the same (choice, index) are joined.
struct ToolCallDelta {
  std::uint32_t choice = 0;
  std::uint32_t index = 0;
  std::string id;         // in the first piece only
  std::string name;       // in the first piece only
  std::string arguments;  // a fragment of a JSON text
};

struct Usage {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::string details_json;  // the backend's whole usage object, if it sent one
};

// The last event of a choice. After it only usage may come.
struct ReplyEnd {
  std::uint32_t choice = 0;
  FinishReason reason = FinishReason::kStop;
};

using ReplyEvent = std::variant<ReplyStart, ReplyDelta, Citation, ToolCallDelta, Usage, ReplyEnd>;

}  // namespace gatehouse::chat
