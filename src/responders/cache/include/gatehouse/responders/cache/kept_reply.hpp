// Answers in the form in which they are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/chat/reply_event.hpp"
#include "gatehouse/chat/responder.hpp"

namespace gatehouse::responders {

// A whole answer as its responder gave it, before the guard: ReplyStart first, usage marked as
// cached. Immutable once it is kept.
struct KeptReply {
  static constexpr std::size_t kMaxBytes = 256 * 1024;

  std::vector<chat::ReplyEvent> events;
  WallTime kept_at;
  std::size_t bytes = 0;  // in memory, about
};

std::string kept_reply_to_json(const KeptReply& reply);
// Nothing for what is no such JSON, or no whole answer.
std::optional<KeptReply> kept_reply_from_json(std::string_view json, WallTime kept_at);

// Why an answer isn't kept.
enum class NotKept : std::uint8_t {
  kFailed,    // or was left by all who asked
  kCutShort,  // it ended for another reason than being whole
  kTooLarge,
  kAnotherAnswered,  // than the one whom the key names
  kCalledTools,      // and another time it might call others
  kBlocked,          // by the guard
  kOutdated,         // the documents have changed meanwhile
  kCount,
};
std::string_view name_of(NotKept reason);  // for labels: "cut_short"

// Gathers the events of one answer while they pass. Pieces of a text are joined up to a few hundred
// bytes: given again, all of it comes at once anyway.
class ReplyCollector {
 public:
  // `first`: who is to have answered.
  ReplyCollector(const chat::AskedFirst& first, bool keeps_tool_calls, std::uint64_t prompt_bytes)
      : responder_(first.responder),
        model_(first.model),
        is_model_(first.repeats == chat::Repeats::kAtTemperature0),
        keeps_tool_calls_(keeps_tool_calls),
        prompt_bytes_(prompt_bytes) {}

  void add(const chat::ReplyEvent& event);
  // The last call.
  std::expected<KeptReply, NotKept> finish(const Result<void>& outcome, WallTime now);

 private:
  bool joins(const chat::ReplyDelta& delta);
  bool joins(const chat::ToolCallDelta& call);

  const std::string responder_;
  const std::string model_;
  const bool is_model_;
  const bool keeps_tool_calls_;
  const std::uint64_t prompt_bytes_;
  std::vector<chat::ReplyEvent> events_;
  std::size_t bytes_ = 0;
};

}  // namespace gatehouse::responders
