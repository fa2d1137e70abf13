// Writes a subscription as server-sent events.
#pragma once

#include <memory>
#include <string>

#include "gatehouse/channels/web/web_channel.hpp"
#include "gatehouse/chat/subscription.hpp"

namespace gatehouse::channels {

// Lives as long as one response. Runs until the client leaves, the stream ends, the server drains,
// the reader falls behind or its lifetime is over: in all but the first the client is told to come
// back and from where it goes on.
class EventStream {
 public:
  enum class Until : std::uint8_t { kReplyEnds, kClosed };

  // Ends when the session of `principal` does, within 5 seconds.
  EventStream(const WebParts& parts, http::ResponseWriter& writer,
              std::shared_ptr<chat::Subscription> subscription, Principal principal)
      : parts_(parts),
        writer_(writer),
        subscription_(std::move(subscription)),
        principal_(std::move(principal)) {}

  async::Task<void> run(Until until);

 private:
  bool write_queued(Until until);
  void write_closing(std::string_view reason);
  std::string_view reason_to_close(TimePoint now, Deadline lifetime) const;
  void begin();
  std::string id_of(std::uint64_t offset) const {
    return subscription_->epoch + "-" + std::to_string(offset);
  }

  const WebParts& parts_;
  http::ResponseWriter& writer_;
  std::shared_ptr<chat::Subscription> subscription_;
  const Principal principal_;
  std::string out_;
  std::uint64_t last_offset_ = 0;
};

}  // namespace gatehouse::channels
