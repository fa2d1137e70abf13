// The conversations that one WebSocket follows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gatehouse/chat/reception.hpp"
#include "gatehouse/chat/subscription.hpp"

namespace gatehouse::channels {

// An event on its way to the client. Views what is followed, until it is asked for the next one.
struct FollowedEvent {
  std::string_view conversation_id;
  std::string_view epoch;
  chat::SharedItem item;
};

// Hands out the events of all of them, each once, whoever of the readers of a conversation told it
// first: what was asked to be followed stays, and a message's reader goes with its reply. Tells
// `observer` when there is something new. Leaves them all when it goes.
class Followed {
 public:
  static constexpr std::size_t kMost = 8;
  enum class Until : std::uint8_t { kReplyEnds, kLeft };

  Followed(async::Worker& worker, chat::Reception& reception, std::size_t queue_bytes,
           async::Signal::Observer& observer)
      : worker_(worker), reception_(reception), queue_bytes_(queue_bytes), observer_(observer) {}
  ~Followed();
  Followed(const Followed&) = delete;
  Followed& operator=(const Followed&) = delete;

  bool has_room_for(std::string_view conversation_id) const;
  bool is_empty() const { return conversations_.empty(); }
  // A reader that is not yet one of a conversation: to be joined, then added.
  std::shared_ptr<chat::Subscription> make_reader();
  void add(const std::string& conversation_id, std::shared_ptr<chat::Subscription> reader,
           Until until);
  void leave(std::string_view conversation_id);
  // False: there is none now.
  bool next(FollowedEvent& event);
  // Whether the client reads too slowly for one of them.
  bool is_overrun() const;
  // The id of a conversation that is gone, and no longer followed; empty: none.
  std::string take_ended();

 private:
  struct Reader {
    std::shared_ptr<chat::Subscription> subscription;
    Until until = Until::kLeft;
    bool is_done = false;
  };
  struct Conversation {
    std::string id;
    std::string epoch;
    std::uint64_t last_offset = 0;
    std::vector<Reader> readers;
  };
  static bool take(Conversation& conversation, Reader& reader, chat::SharedItem& item);
  void leave_done();
  void leave(const Conversation& conversation, const Reader& reader);

  async::Worker& worker_;
  chat::Reception& reception_;
  const std::size_t queue_bytes_;
  async::Signal::Observer& observer_;
  std::vector<Conversation> conversations_;
};

}  // namespace gatehouse::channels
