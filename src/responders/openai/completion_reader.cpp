#include "completion_reader.hpp"

#include <bit>

#include "gatehouse/http/backend_error.hpp"

namespace gatehouse::responders {
namespace {

using codec::JsonValue;
using http::not_an_answer;
using http::read_backend_error;

constexpr std::uint64_t kMaxChoices = 64;
constexpr std::uint64_t kMaxToolCalls = 128;

chat::FinishReason reason_of(std::string_view reason) {
  if (reason == "length") return chat::FinishReason::kLength;
  if (reason == "tool_calls" || reason == "function_call") return chat::FinishReason::kToolCalls;
  if (reason == "content_filter") return chat::FinishReason::kContentFilter;
  return chat::FinishReason::kStop;
}

// Where the texts of an answer go, with the characters that chunks divide.
struct TextTarget {
  chat::ReplySink& sink;
  SurrogateCarry& carry;
  std::uint32_t choice = 0;

  std::string whole(std::uint32_t stream, std::string_view text) {
    return carry.is_idle() ? std::string(text) : carry.join(choice, stream, text);
  }
};

void push_text(TextTarget& target, chat::Lane lane, std::string_view text) {
  auto whole = target.whole(static_cast<std::uint32_t>(lane), text);
  if (!whole.empty())
    target.sink.push(
        chat::ReplyDelta{.choice = target.choice, .lane = lane, .text = std::move(whole)});
}

void push_tool_calls(TextTarget& target, const JsonValue& calls) {
  constexpr std::uint32_t kFirstStream = 16;  // above those of the lanes
  std::uint64_t position = 0;
  for (const JsonValue call : calls.elements()) {
    // Whole completions carry no index; their order is it.
    const std::uint64_t number = call["index"].natural().value_or(position);
    if (!call.is_object() || number >= kMaxToolCalls) break;
    ++position;
    const JsonValue function = call["function"];
    const auto index = static_cast<std::uint32_t>(number);
    target.sink.push(chat::ToolCallDelta{
        .choice = target.choice,
        .index = index,
        .id = std::string(call["id"].string_or_empty()),
        .name = std::string(function["name"].string_or_empty()),
        .arguments = target.whole(kFirstStream + index, function["arguments"].string_or_empty())});
  }
}

// The same members stand in a chunk's delta and a whole completion's message.
void push_content(TextTarget target, const JsonValue& content) {
  JsonValue tool_calls;
  for (const auto [name, value] : content.members()) {
    if (name == "content") {
      push_text(target, chat::Lane::kText, value.string_or_empty());
    } else if (name == "reasoning_content" || name == "reasoning") {
      push_text(target, chat::Lane::kReasoning, value.string_or_empty());
    } else if (name == "refusal") {
      push_text(target, chat::Lane::kRefusal, value.string_or_empty());
    } else if (name == "tool_calls") {
      tool_calls = value;
    }
  }
  push_tool_calls(target, tool_calls);
}

void push_usage(chat::ReplySink& sink, const JsonValue& usage) {
  if (!usage.is_object()) return;
  chat::Usage counts;
  std::optional<std::uint64_t> total;
  bool says_more = false;
  for (const auto [name, value] : usage.members()) {
    if (name == "prompt_tokens") {
      counts.prompt_tokens = value.natural().value_or(0);
    } else if (name == "completion_tokens") {
      counts.completion_tokens = value.natural().value_or(0);
    } else if (name == "total_tokens") {
      total = value.natural();
    } else {
      says_more = true;
    }
  }
  if (says_more || usage.size() != 3 || total != counts.prompt_tokens + counts.completion_tokens)
    counts.details_json = usage.to_json();
  sink.push(std::move(counts));
}

// The members of a chunk or a whole completion that are read here …
struct AnswerMembers {
  JsonValue error;
  JsonValue model;
  JsonValue choices;
  JsonValue usage;
};

AnswerMembers members_of(const JsonValue& answer) {
  AnswerMembers found;
  for (const auto [name, value] : answer.members()) {
    if (name == "error") {
      found.error = value;
    } else if (name == "model") {
      found.model = value;
    } else if (name == "choices") {
      found.choices = value;
    } else if (name == "usage") {
      found.usage = value;
    }
  }
  return found;
}

// … and those of a choice.
struct ChoiceMembers {
  JsonValue index;
  JsonValue content;  // a chunk's delta, a completion's message
  JsonValue finish_reason;
};

ChoiceMembers members_of(const JsonValue& choice, std::string_view content_name) {
  ChoiceMembers found;
  for (const auto [name, value] : choice.members()) {
    if (name == "index") {
      found.index = value;
    } else if (name == content_name) {
      found.content = value;
    } else if (name == "finish_reason") {
      found.finish_reason = value;
    }
  }
  return found;
}

}  // namespace

void CompletionReader::start(std::string_view model) {
  if (has_started_) return;
  has_started_ = true;
  sink_.push(chat::ReplyStart{.responder = responder_, .model = std::string(model)});
}

void CompletionReader::note_choice(std::uint32_t choice) {
  has_choices_ = true;
  seen_choices_ |= std::uint64_t{1} << choice;
  open_choices_ = static_cast<std::uint32_t>(std::popcount(seen_choices_ & ~ended_choices_));
}

void CompletionReader::end_choice(std::uint32_t choice, std::string_view reason) {
  const std::uint64_t bit = std::uint64_t{1} << choice;
  if ((ended_choices_ & bit) != 0) return;
  ended_choices_ |= bit;
  note_choice(choice);
  sink_.push(chat::ReplyEnd{.choice = choice, .reason = reason_of(reason)});
}

Result<void> CompletionReader::read_chunk(std::string_view json_text) {
  auto chunk = json_.read(json_text);
  std::optional<std::string> mended;
  if (!chunk) {
    mended = SurrogateCarry::mend(json_text);
    if (mended) chunk = json_.read(*mended);
  }
  carry_.begin_chunk(mended.has_value());
  if (!chunk || !chunk->is_object())
    return not_an_answer("a chunk of the stream is not a JSON object");
  const AnswerMembers members = members_of(*chunk);
  if (members.error.is_given()) return std::unexpected(read_backend_error(200, json_text, {}));
  start(members.model.string_or_empty());
  for (const JsonValue choice : members.choices.elements()) {
    if (!choice.is_object()) continue;
    const ChoiceMembers own = members_of(choice, "delta");
    const std::uint64_t number = own.index.natural().value_or(0);
    if (number >= kMaxChoices) return not_an_answer("the stream has more than 64 choices");
    const auto index = static_cast<std::uint32_t>(number);
    note_choice(index);
    push_content({sink_, carry_, index}, own.content);
    if (const auto reason = own.finish_reason.string_or_empty(); !reason.empty())
      end_choice(index, reason);
  }
  push_usage(sink_, members.usage);
  return {};
}

Result<void> CompletionReader::read_whole(std::string_view json_text) {
  const auto answer = json_.read(json_text);
  if (!answer || !answer->is_object()) return not_an_answer("the answer is not a JSON object");
  const AnswerMembers members = members_of(*answer);
  if (members.error.is_given()) return std::unexpected(read_backend_error(200, json_text, {}));
  if (members.choices.size() == 0) return not_an_answer("the answer has no choices");
  start(members.model.string_or_empty());
  std::uint64_t position = 0;
  for (const JsonValue choice : members.choices.elements()) {
    if (!choice.is_object()) continue;
    const ChoiceMembers own = members_of(choice, "message");
    const std::uint64_t number = own.index.natural().value_or(position++);
    if (number >= kMaxChoices) return not_an_answer("the answer has more than 64 choices");
    const auto index = static_cast<std::uint32_t>(number);
    push_content({sink_, carry_, index}, own.content);
    end_choice(index, own.finish_reason.string_or_empty());
  }
  push_usage(sink_, members.usage);
  return {};
}

}  // namespace gatehouse::responders
