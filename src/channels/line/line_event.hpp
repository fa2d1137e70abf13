// What LINE tells a bot: the body of a webhook, and one event of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"

namespace gatehouse::channels::line {

inline constexpr std::size_t kMaxEvents = 100;
inline constexpr std::size_t kMaxEventBytes = 64 * 1024;

enum class EventKind : std::uint8_t {
  kOther,  // nothing that is answered: of a kind that LINE has for others, or has yet to invent
  kText,
  kImage,
  kSticker,
  kLocation,
  kFile,
  kAudio,
  kVideo,
  kUnsend,
  kFollow,
  kUnfollow,
  kJoin,
  kLeave,
  kPostback,
};

struct Event {
  EventKind kind = EventKind::kOther;
  std::string id;          // the same in each delivery
  bool is_active = false;  // false: another module answers
  bool is_redelivery = false;
  WallTime at;          // when it happened
  std::string user_id;  // empty where LINE doesn't tell
  std::string chat_id;  // of the group or room, else of the person: where an answer goes
  bool is_in_group = false;
  std::string reply_token;  // empty: there is none
  std::string message_id;   // of the message, or of the one that was taken back
  std::string read_token;   // with which the message is marked as read
  // What was said, without the mention of the bot; of stickers and places in words; the data of a
  // postback. Empty: nothing that could be put into words.
  std::string text;
  bool mentions_bot = false;
  bool is_elsewhere = false;  // of an image: LINE doesn't keep it itself

  // A message, follow, join or postback to this bot, in its own chat or with the bot's name.
  bool wants_answer() const;
  // It has words that a responder can answer.
  bool asks_something() const;
};

struct ReceivedEvent {
  Event event;
  std::string json;  // as read_event() takes it
};

// The events in their order, those of no interest included. Members and kinds that are not known
// are passed over, as LINE asks of bots. kInvalid: it is no webhook.
Result<std::vector<ReceivedEvent>> read_webhook(std::string_view body);
// One that read_webhook() gave. kInvalid: it is none.
Result<Event> read_event(std::string_view json);

}  // namespace gatehouse::channels::line
