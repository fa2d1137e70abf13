// Between a responder's events and whatever writes them to a client: the reply guard.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/chat/reply_event.hpp"
#include "gatehouse/guard/reply_scanner.hpp"

namespace gatehouse::chat {

// Takes what may be written.
class ScannedSink {
 public:
  virtual ~ScannedSink() = default;
  virtual void write(guard::Scanned<ReplyEvent>&& event) = 0;
};

// Makes of each event none, one or several scanned ones: text waits while it could become what
// must not leave, the arguments of a tool call wait until they are whole. After a cut every choice
// that had begun ends with kContentFilter, and nothing follows. One reply's; one worker's thread.
class ScannedReply {
 public:
  ScannedReply(guard::ReplyScanner scanner, ScannedSink& sink)
      : scanner_(std::move(scanner)), sink_(sink) {}

  void push(ReplyEvent&& event);
  // No event will follow: what waits is decided. A no-op after a cut.
  void finish();
  // No event will be shown behind those that were pushed: what waits is decided, and every choice
  // that is open ends with kLength, then `usage`. A no-op after a cut.
  void end_early(Usage usage);
  const std::optional<guard::Verdict>& cut() const { return scanner_.verdict(); }
  const guard::ReplyScanner& scanner() const { return scanner_; }

 private:
  struct OpenChoice {
    std::uint32_t choice = 0;
    std::array<bool, kLanes> has_lane{};
  };
  template <typename Event>
  void write(guard::ScanReceipt receipt, Event&& event);
  void push_event(ReplyDelta& delta);
  void push_event(ToolCallDelta& call);
  void push_event(Citation& citation);
  void push_event(ReplyStart& start);
  void push_event(Usage& usage);
  void push_event(const ReplyEnd& end);
  void finish_choice(std::uint32_t choice);
  OpenChoice& open(std::uint32_t choice);
  void end_open_choices(FinishReason reason);

  guard::ReplyScanner scanner_;
  ScannedSink& sink_;
  std::vector<OpenChoice> open_choices_;
  std::vector<ToolCallDelta> calls_;  // with the arguments gathered so far
  bool has_begun_ = false;            // some choice has
  bool has_ended_ = false;            // by a cut, or early
};

}  // namespace gatehouse::chat
