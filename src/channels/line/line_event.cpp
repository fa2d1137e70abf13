#include "line_event.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::channels::line {
namespace {

using codec::JsonValue;

constexpr std::size_t kIdCharacters = 33;  // a letter and 32 hexadecimal digits
constexpr std::size_t kMaxTokenBytes = 1000;
constexpr std::size_t kMaxKeywords = 5;
constexpr std::int64_t kMaxTimestampMs = 253'402'300'799'999;  // the end of the year 9999

struct NamedKind {
  std::string_view name;
  EventKind kind;
};

constexpr std::array kEventKinds = {
    NamedKind{"unsend", EventKind::kUnsend},     NamedKind{"follow", EventKind::kFollow},
    NamedKind{"unfollow", EventKind::kUnfollow}, NamedKind{"join", EventKind::kJoin},
    NamedKind{"leave", EventKind::kLeave},       NamedKind{"postback", EventKind::kPostback},
};
constexpr std::array kMessageKinds = {
    NamedKind{"text", EventKind::kText},         NamedKind{"image", EventKind::kImage},
    NamedKind{"sticker", EventKind::kSticker},   NamedKind{"file", EventKind::kFile},
    NamedKind{"location", EventKind::kLocation}, NamedKind{"audio", EventKind::kAudio},
    NamedKind{"video", EventKind::kVideo},
};

EventKind kind_named(std::span<const NamedKind> kinds, std::string_view name) {
  const auto found = std::ranges::find(kinds, name, &NamedKind::name);
  return found == kinds.end() ? EventKind::kOther : found->kind;
}

bool is_id(std::string_view id, char letter) {
  return id.size() == kIdCharacters && id.front() == letter &&
         std::ranges::all_of(id.substr(1),
                             [](char c) { return is_digit_ascii(c) || (c >= 'a' && c <= 'f'); });
}

// Ids and tokens of LINE's have no fixed form, but none has spaces or is long.
std::string token_in(const JsonValue& value) {
  const auto text = value.string_or_empty();
  const bool is_usable = text.size() <= kMaxTokenBytes &&
                         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
  return is_usable ? std::string(text) : std::string();
}

bool read_source(const JsonValue& source, Event& event) {
  const auto user = source["userId"].string_or_empty();
  if (is_id(user, 'U')) event.user_id = user;
  const auto type = source["type"].string_or_empty();
  if (type == "user") {
    event.chat_id = event.user_id;
  } else if (type == "group" || type == "room") {
    const bool is_group = type == "group";
    const auto chat = source[is_group ? "groupId" : "roomId"].string_or_empty();
    if (is_id(chat, is_group ? 'C' : 'R')) event.chat_id = chat;
    event.is_in_group = true;
  }
  return !event.chat_id.empty();
}

struct Range {
  std::uint64_t begin = 0;  // these two: in UTF-16 units
  std::uint64_t end = 0;
};

std::vector<Range> mentions_of_bot(const JsonValue& message) {
  std::vector<Range> ranges;
  for (const JsonValue each : message["mention"]["mentionees"].elements()) {
    const auto index = each["index"].natural();
    const auto length = each["length"].natural();
    if (!each["isSelf"].boolean().value_or(false)) continue;
    const bool is_place = index && length && *index <= kMaxEventBytes && *length <= kMaxEventBytes;
    ranges.push_back(is_place ? Range{*index, *index + *length} : Range{});
  }
  return ranges;
}

// What stood around a mention doesn't keep the spaces of both its sides.
std::string without(std::string_view text, const std::vector<Range>& ranges) {
  std::string kept;
  std::uint64_t unit = 0;
  bool is_behind_gap = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t code = next_code_point(text, at);
    const bool is_mention = std::ranges::any_of(
        ranges, [unit](const Range& range) { return unit >= range.begin && unit < range.end; });
    unit += code > 0xFFFF ? 2 : 1;
    if (is_mention) {
      is_behind_gap = true;
      continue;
    }
    const bool is_double = is_behind_gap && code == ' ' && (kept.empty() || kept.ends_with(' '));
    if (!is_double) kept += text.substr(begin, at - begin);
    is_behind_gap = false;
  }
  return std::string(trim(kept));
}

std::string sticker_text(const JsonValue& message) {
  if (const auto said = trim(message["text"].string_or_empty()); !said.empty())
    return std::string(said);
  std::string words;
  std::size_t count = 0;
  for (const JsonValue each : message["keywords"].elements()) {
    const auto word = each.string_or_empty();
    if (word.empty() || count++ == kMaxKeywords) continue;
    if (!words.empty()) words += ", ";
    words += word;
    if (count == kMaxKeywords) break;
  }
  return words.empty() ? words : "(sticker: " + words + ")";
}

std::string location_text(const JsonValue& message) {
  std::string place;
  for (const auto* name : {"title", "address"}) {
    const auto part = trim(message[name].string_or_empty());
    if (part.empty()) continue;
    if (!place.empty()) place += ", ";
    place += part;
  }
  const JsonValue latitude = message["latitude"];
  const JsonValue longitude = message["longitude"];
  if (latitude.is_number() && longitude.is_number()) {
    const std::string numbers = latitude.to_json() + ", " + longitude.to_json();
    place += place.empty() ? numbers : " (" + numbers + ")";
  }
  return place.empty() ? place : "My location: " + place;
}

void read_message(const JsonValue& message, Event& event) {
  event.kind = kind_named(kMessageKinds, message["type"].string_or_empty());
  event.message_id = token_in(message["id"]);
  if (event.message_id.empty()) event.kind = EventKind::kOther;
  event.read_token = token_in(message["markAsReadToken"]);
  if (event.kind == EventKind::kText) {
    const auto mentions = mentions_of_bot(message);
    event.mentions_bot = !mentions.empty();
    event.text = without(message["text"].string_or_empty(), mentions);
  } else if (event.kind == EventKind::kSticker) {
    event.text = sticker_text(message);
  } else if (event.kind == EventKind::kLocation) {
    event.text = location_text(message);
  }
  event.is_elsewhere = message["contentProvider"]["type"].string_or_empty() == "external";
}

Event event_of(const JsonValue& json) {
  Event event;
  const auto time = json["timestamp"].integer();
  event.id = token_in(json["webhookEventId"]);
  if (event.id.empty() || !time || *time < 0 || *time > kMaxTimestampMs) return event;
  event.at = WallTime(std::chrono::milliseconds(*time));
  event.is_active = json["mode"].string_or_empty() == "active";
  event.is_redelivery = json["deliveryContext"]["isRedelivery"].boolean().value_or(false);
  event.reply_token = token_in(json["replyToken"]);
  if (!read_source(json["source"], event)) return event;
  const auto type = json["type"].string_or_empty();
  if (type == "message") {
    read_message(json["message"], event);
    return event;
  }
  event.kind = kind_named(kEventKinds, type);
  if (event.kind == EventKind::kUnsend) event.message_id = token_in(json["unsend"]["messageId"]);
  if (event.kind == EventKind::kPostback) event.text = json["postback"]["data"].string_or_empty();
  return event;
}

std::unexpected<Error> no_webhook() {
  return fail(ErrorCode::kInvalid, "This is not a webhook of LINE: it has no list of events.");
}

}  // namespace

bool Event::wants_answer() const {
  if (!is_active) return false;
  switch (kind) {
    case EventKind::kText:
      return !is_in_group || mentions_bot;
    case EventKind::kImage:
    case EventKind::kSticker:
    case EventKind::kLocation:
    case EventKind::kFile:
    case EventKind::kAudio:
    case EventKind::kVideo:
      return !is_in_group;
    case EventKind::kJoin:
    case EventKind::kPostback:
      return true;
    default:
      return false;
  }
}

bool Event::asks_something() const {
  const bool has_words =
      kind == EventKind::kText || kind == EventKind::kSticker || kind == EventKind::kLocation;
  return has_words && !text.empty();
}

Result<std::vector<ReceivedEvent>> read_webhook(std::string_view body) {
  codec::JsonReader reader;
  const auto json = reader.read(body);
  if (!json) return std::unexpected(json.error());
  const JsonValue events = (*json)["events"];
  if (!events.is_array()) return no_webhook();
  if (events.size() > kMaxEvents)
    return fail(ErrorCode::kInvalid, "There are more events than a webhook has.");
  std::vector<ReceivedEvent> received;
  for (const JsonValue each : events.elements()) {
    ReceivedEvent one{.event = event_of(each), .json = each.to_json()};
    if (one.json.size() > kMaxEventBytes) one.event.kind = EventKind::kOther;
    received.push_back(std::move(one));
  }
  return received;
}

Result<Event> read_event(std::string_view json) {
  codec::JsonReader reader;
  const auto read = reader.read(json);
  if (!read) return std::unexpected(read.error());
  Event event = event_of(*read);
  if (event.kind == EventKind::kOther)
    return fail(ErrorCode::kInvalid, "This is not an event of LINE that can be answered.");
  return event;
}

}  // namespace gatehouse::channels::line
