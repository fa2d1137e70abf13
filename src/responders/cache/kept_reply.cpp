#include "gatehouse/responders/cache/kept_reply.hpp"

#include <algorithm>
#include <array>

#include "event_bytes.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/chat/token_meter.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::responders {
namespace {

using chat::ReplyEvent;
using codec::JsonValue;

constexpr std::size_t kPieceBytes = 512;
constexpr std::uint32_t kMaxChoices = 64;
constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 40;

struct TextBytes {
  std::size_t operator()(const chat::ReplyStart& e) const {
    return e.responder.size() + e.model.size() + e.asked_model.size();
  }
  std::size_t operator()(const chat::ReplyDelta& e) const { return e.text.size(); }
  std::size_t operator()(const chat::Citation& e) const {
    return e.document_id.size() + e.file.size() + e.title.size() + e.heading.size() +
           e.quote.size();
  }
  std::size_t operator()(const chat::ToolCallDelta& e) const {
    return e.id.size() + e.name.size() + e.arguments.size();
  }
  std::size_t operator()(const chat::Usage& e) const { return e.details_json.size(); }
  std::size_t operator()(const chat::ReplyEnd&) const { return 0; }
};

// An object of a backend's with `cached` in it.
void write_details(JsonWriter& json, const JsonValue& details, std::uint64_t cached) {
  json.begin_object();
  for (const auto [name, value] : details.members()) {
    if (name != "cached_tokens") json.key(name).raw(value.to_json());
  }
  json.member("cached_tokens", cached).end_object();
}

// OpenAI's place for tokens that nobody had to compute.
void mark_as_cached(chat::Usage& usage) {
  constexpr std::string_view kDetails = "prompt_tokens_details";
  codec::JsonReader reader;
  const auto read = reader.read(usage.details_json.empty() ? "{}" : usage.details_json);
  if (!read || !read->is_object()) return;
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (usage.details_json.empty()) {
    json.member("prompt_tokens", usage.prompt_tokens)
        .member("completion_tokens", usage.completion_tokens)
        .member("total_tokens", usage.prompt_tokens + usage.completion_tokens);
  }
  for (const auto [name, value] : read->members()) {
    if (name != kDetails) json.key(name).raw(value.to_json());
  }
  json.key(kDetails);
  write_details(json, (*read)[kDetails], usage.prompt_tokens);
  json.end_object();
  usage.details_json = std::move(out);
}

class EventWriter {
 public:
  explicit EventWriter(std::string& out) : json_(out) {}
  JsonWriter& json() { return json_; }

  void operator()(const chat::ReplyStart& e) {
    json_.string("start").string(e.responder).string(e.model).string(e.asked_model);
  }
  void operator()(const chat::ReplyDelta& e) {
    json_.string("delta").number(std::uint64_t{e.choice});
    json_.number(static_cast<std::uint64_t>(e.lane)).string(e.text);
  }
  void operator()(const chat::Citation& e) {
    json_.string("citation").number(std::uint64_t{e.number}).string(e.document_id).string(e.file);
    json_.string(e.title).string(e.heading).number(e.start).number(e.end).string(e.quote);
  }
  void operator()(const chat::ToolCallDelta& e) {
    json_.string("call").number(std::uint64_t{e.choice}).number(std::uint64_t{e.index});
    json_.string(e.id).string(e.name).string(e.arguments);
  }
  void operator()(const chat::Usage& e) {
    json_.string("usage").number(e.prompt_tokens).number(e.completion_tokens);
    json_.string(e.details_json);
  }
  void operator()(const chat::ReplyEnd& e) {
    json_.string("end").number(std::uint64_t{e.choice});
    json_.number(static_cast<std::uint64_t>(e.reason));
  }

 private:
  JsonWriter json_;
};

// The values behind an event's name, one after the other.
class EventReader {
 public:
  explicit EventReader(const JsonValue& event) {
    for (const JsonValue value : event.elements()) {
      if (count_ < values_.size()) values_[count_] = value;
      ++count_;
    }
  }
  std::string_view name() const { return values_[0].string_or_empty(); }
  std::string text() {
    const auto value = next().string();
    is_good_ = is_good_ && value.has_value();
    return std::string(value.value_or(std::string_view()));
  }
  std::uint64_t number(std::uint64_t below = kMaxNumber) {
    const auto value = next().natural();
    is_good_ = is_good_ && value && *value < below;
    return is_good_ ? *value : 0;
  }
  std::uint32_t small(std::uint64_t below = UINT32_MAX) {
    return static_cast<std::uint32_t>(number(below));
  }
  bool is_good() const { return is_good_ && at_ + 1 == count_; }

 private:
  JsonValue next() {
    ++at_;
    return at_ < std::min(count_, values_.size()) ? values_[at_] : JsonValue();
  }

  std::array<JsonValue, 9> values_;
  std::size_t count_ = 0;
  std::size_t at_ = 0;
  bool is_good_ = true;
};

std::optional<ReplyEvent> event_in(EventReader& read) {
  constexpr std::uint64_t kReasons = static_cast<std::uint64_t>(chat::FinishReason::kStopped) + 1;
  const auto name = read.name();
  ReplyEvent event;
  // A braced list is read from left to right.
  if (name == "start") {
    event = chat::ReplyStart{
        .responder = read.text(), .model = read.text(), .asked_model = read.text()};
  } else if (name == "delta") {
    event = chat::ReplyDelta{.choice = read.small(kMaxChoices),
                             .lane = static_cast<chat::Lane>(read.number(chat::kLanes)),
                             .text = read.text()};
  } else if (name == "citation") {
    event = chat::Citation{.number = read.small(),
                           .document_id = read.text(),
                           .file = read.text(),
                           .title = read.text(),
                           .heading = read.text(),
                           .start = read.number(),
                           .end = read.number(),
                           .quote = read.text()};
  } else if (name == "call") {
    event = chat::ToolCallDelta{.choice = read.small(kMaxChoices),
                                .index = read.small(),
                                .id = read.text(),
                                .name = read.text(),
                                .arguments = read.text()};
  } else if (name == "usage") {
    event = chat::Usage{.prompt_tokens = read.number(),
                        .completion_tokens = read.number(),
                        .details_json = read.text()};
  } else if (name == "end") {
    event = chat::ReplyEnd{.choice = read.small(kMaxChoices),
                           .reason = static_cast<chat::FinishReason>(read.number(kReasons))};
  } else {
    return std::nullopt;
  }
  if (!read.is_good()) return std::nullopt;
  return event;
}

// Every choice that began has ended, and each as it should.
bool is_whole_answer(const std::vector<ReplyEvent>& events) {
  if (events.empty() || !std::holds_alternative<chat::ReplyStart>(events.front())) return false;
  std::uint64_t begun = 0;
  std::uint64_t ended = 0;
  for (const auto& event : events) {
    const auto* const delta = std::get_if<chat::ReplyDelta>(&event);
    const auto* const call = std::get_if<chat::ToolCallDelta>(&event);
    const auto* const end = std::get_if<chat::ReplyEnd>(&event);
    if (delta == nullptr && call == nullptr && end == nullptr) continue;
    const std::uint32_t choice = delta != nullptr  ? delta->choice
                                 : call != nullptr ? call->choice
                                                   : end->choice;
    if (choice >= kMaxChoices) return false;
    const std::uint64_t bit = std::uint64_t{1} << choice;
    begun |= bit;
    if (end == nullptr) continue;
    if (end->reason != chat::FinishReason::kStop && end->reason != chat::FinishReason::kToolCalls)
      return false;
    ended |= bit;
  }
  return ended != 0 && begun == ended;
}

std::size_t bytes_in_all(const std::vector<ReplyEvent>& events) {
  std::size_t bytes = sizeof(KeptReply);
  for (const auto& event : events) bytes += bytes_of(event);
  return bytes;
}

}  // namespace

std::size_t bytes_of(const ReplyEvent& event) {
  return sizeof(ReplyEvent) + std::visit(TextBytes(), event);
}

std::string_view name_of(NotKept reason) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(NotKept::kCount)> kNames = {
      "failed",       "cut_short", "too_large", "another_answered",
      "called_tools", "blocked",   "outdated"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string kept_reply_to_json(const KeptReply& reply) {
  std::string out;
  EventWriter writer(out);
  writer.json().begin_array();
  for (const auto& event : reply.events) {
    writer.json().begin_array();
    std::visit(writer, event);
    writer.json().end_array();
  }
  writer.json().end_array();
  return out;
}

std::optional<KeptReply> kept_reply_from_json(std::string_view json, WallTime kept_at) {
  codec::JsonReader reader;
  const auto read = reader.read(json);
  if (!read || !read->is_array()) return std::nullopt;
  KeptReply reply{.events = {}, .kept_at = kept_at};
  for (const JsonValue each : read->elements()) {
    EventReader values(each);
    auto event = event_in(values);
    if (!event) return std::nullopt;
    reply.events.push_back(std::move(*event));
  }
  if (!is_whole_answer(reply.events)) return std::nullopt;
  reply.bytes = bytes_in_all(reply.events);
  return reply;
}

bool ReplyCollector::joins(const chat::ReplyDelta& delta) {
  auto* const last = std::get_if<chat::ReplyDelta>(&events_.back());
  const bool is_same = last != nullptr && last->choice == delta.choice && last->lane == delta.lane;
  if (!is_same || last->text.size() + delta.text.size() > kPieceBytes) return false;
  last->text += delta.text;
  bytes_ += delta.text.size();
  return true;
}

bool ReplyCollector::joins(const chat::ToolCallDelta& call) {
  auto* const last = std::get_if<chat::ToolCallDelta>(&events_.back());
  const bool is_same = last != nullptr && last->choice == call.choice &&
                       last->index == call.index && call.id.empty() && call.name.empty();
  if (!is_same) return false;
  last->arguments += call.arguments;
  bytes_ += call.arguments.size();
  return true;
}

void ReplyCollector::add(const chat::ReplyEvent& event) {
  if (bytes_ > KeptReply::kMaxBytes) return;
  if (!events_.empty()) {
    if (const auto* delta = std::get_if<chat::ReplyDelta>(&event); delta && joins(*delta)) return;
    if (const auto* call = std::get_if<chat::ToolCallDelta>(&event); call && joins(*call)) return;
  }
  bytes_ += bytes_of(event);
  if (bytes_ <= KeptReply::kMaxBytes) events_.push_back(event);
}

std::expected<KeptReply, NotKept> ReplyCollector::finish(const Result<void>& outcome,
                                                         WallTime now) {
  if (!outcome) return std::unexpected(NotKept::kFailed);
  if (bytes_ > KeptReply::kMaxBytes) return std::unexpected(NotKept::kTooLarge);
  if (!is_whole_answer(events_)) return std::unexpected(NotKept::kCutShort);
  auto& start = std::get<chat::ReplyStart>(events_.front());
  if (start.responder != responder_ || start.asked_model != model_)
    return std::unexpected(NotKept::kAnotherAnswered);
  start.cache = chat::CacheOutcome::kHit;
  const auto called = [](const ReplyEvent& event) {
    return std::holds_alternative<chat::ToolCallDelta>(event);
  };
  if (!keeps_tool_calls_ && std::ranges::any_of(events_, called))
    return std::unexpected(NotKept::kCalledTools);
  // A stream that nobody asked for usage has none; who is given it whole expects some.
  chat::TokenMeter meter;
  bool has_usage = false;
  for (auto& event : events_) {
    meter.note(event);
    auto* const usage = std::get_if<chat::Usage>(&event);
    if (usage == nullptr) continue;
    mark_as_cached(*usage);
    has_usage = true;
  }
  if (!has_usage && is_model_) {
    const auto count = meter.so_far(prompt_bytes_);
    chat::Usage usage{.prompt_tokens = count.prompt, .completion_tokens = count.reply};
    mark_as_cached(usage);
    events_.emplace_back(std::move(usage));
  }
  KeptReply reply{.events = std::move(events_), .kept_at = now};
  reply.bytes = bytes_in_all(reply.events);
  return reply;
}

}  // namespace gatehouse::responders
