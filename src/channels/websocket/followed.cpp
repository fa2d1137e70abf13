#include "followed.hpp"

#include <algorithm>

namespace gatehouse::channels {

Followed::~Followed() {
  for (const auto& conversation : conversations_) {
    for (const auto& reader : conversation.readers) leave(conversation, reader);
  }
}

void Followed::leave(const Conversation& conversation, const Reader& reader) {
  reader.subscription->changed().observe(nullptr);
  reception_.leave(conversation.id, reader.subscription);
}

bool Followed::has_room_for(std::string_view conversation_id) const {
  return conversations_.size() < kMost ||
         std::ranges::find(conversations_, conversation_id, &Conversation::id) !=
             conversations_.end();
}

std::shared_ptr<chat::Subscription> Followed::make_reader() {
  auto reader = std::make_shared<chat::Subscription>(worker_, queue_bytes_);
  reader->changed().observe(&observer_);
  return reader;
}

void Followed::add(const std::string& conversation_id, std::shared_ptr<chat::Subscription> reader,
                   Until until) {
  auto found = std::ranges::find(conversations_, conversation_id, &Conversation::id);
  if (found == conversations_.end())
    found = conversations_.insert(found,
                                  Conversation{.id = conversation_id, .epoch = {}, .readers = {}});
  if (found->epoch != reader->epoch) {
    found->epoch = reader->epoch;
    found->last_offset = reader->joined_at;
  }
  found->readers.push_back({std::move(reader), until});
}

void Followed::leave(std::string_view conversation_id) {
  const auto found = std::ranges::find(conversations_, conversation_id, &Conversation::id);
  if (found == conversations_.end()) return;
  for (const auto& reader : found->readers) leave(*found, reader);
  conversations_.erase(found);
}

// The next event of this reader that the client has not been told. A reply that was over before it
// was asked for again is told whole: its events stand where the reader joined.
bool Followed::take(Conversation& conversation, Reader& reader, chat::SharedItem& item) {
  while (!reader.is_done && reader.subscription->take(item)) {
    reader.is_done = item->ends_reply && reader.until == Until::kReplyEnds;
    const bool is_told_again = item->offset == reader.subscription->joined_at;
    const bool is_new = is_told_again || item->offset > conversation.last_offset;
    conversation.last_offset = std::max(conversation.last_offset, item->offset);
    if (is_new) return true;
  }
  return false;
}

void Followed::leave_done() {
  for (auto& conversation : conversations_) {
    std::erase_if(conversation.readers, [&](const Reader& reader) {
      if (reader.is_done) leave(conversation, reader);
      return reader.is_done;
    });
  }
  std::erase_if(conversations_, [](const Conversation& each) { return each.readers.empty(); });
}

bool Followed::next(FollowedEvent& event) {
  leave_done();
  for (auto& conversation : conversations_) {
    for (auto& reader : conversation.readers) {
      if (!take(conversation, reader, event.item)) continue;
      event.conversation_id = conversation.id;
      event.epoch = conversation.epoch;
      return true;
    }
  }
  leave_done();
  return false;
}

bool Followed::is_overrun() const {
  return std::ranges::any_of(conversations_, [](const Conversation& conversation) {
    return std::ranges::any_of(conversation.readers, [](const Reader& reader) {
      return reader.subscription->is_overrun();
    });
  });
}

std::string Followed::take_ended() {
  for (const auto& conversation : conversations_) {
    const bool has_ended = std::ranges::any_of(conversation.readers, [](const Reader& reader) {
      return reader.subscription->has_ended();
    });
    if (!has_ended) continue;
    std::string id = conversation.id;
    leave(id);
    return id;
  }
  return {};
}

}  // namespace gatehouse::channels
