// One answer to one message: it belongs to its conversation, not to a connection.
#pragma once

#include <optional>
#include <string>

#include "conversation_stream.hpp"
#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/chat/conversations.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/chat/scanned_reply.hpp"
#include "gatehouse/chat/spending.hpp"
#include "gatehouse/telemetry/counters.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::chat {

enum class TurnEnd : std::uint8_t { kNone, kStoppedByOwner, kAbandoned, kShutdown };

struct TurnParts {
  async::Worker& worker;
  Conversations& conversations;
  Responder& responder;
  telemetry::Counters& counters;
  telemetry::Log& log;
  Duration total_timeout;
  Duration conversation_lifetime;
};

// Takes the reply of a responder: scans it, shows it to the stream, and keeps it. What comes before
// the message is on disk is held back, so nobody sees an answer to a message that could still be
// lost. Lives in its worker's task group.
class Turn final : public ReplySink, private ScannedSink, private async::Timer {
 public:
  Turn(TurnParts parts, std::shared_ptr<ConversationStream> stream, guard::ReplyScanner scanner,
       Prompt prompt, std::string reply_id, guard::BudgetReservation budget);

  // Runs the responder to its end and stores the reply. Ends with an end or error event, after the
  // reply is on disk.
  async::Task<void> run();
  // The message is on disk: events may be seen from now on.
  void accept(StreamItem accepted);
  // The message could not be stored: nothing is shown, the backend is closed.
  void reject();
  void end(TurnEnd why);
  // Nobody follows any more: ends after the grace time unless somebody comes back.
  void leave_alone(Duration grace);
  void rejoined() { disarm(); }

  const std::string& reply_id() const { return reply_id_; }
  std::uint64_t first_offset() const { return first_offset_; }  // the offset before its first event
  bool is_rejected() const { return is_rejected_; }

  void push(ReplyEvent&& event) override;
  async::Task<Result<void>> flush() override;

 private:
  void expired() override { end(TurnEnd::kAbandoned); }
  void write(guard::Scanned<ReplyEvent>&& event) override;
  void show(StreamItem item);
  void keep(const ReplyEvent& event);
  StoredReply stored(MessageStatus status, std::string_view finish_reason) const;
  async::Task<void> conclude(const Result<void>& outcome);
  async::Task<void> save_progress();
  async::Task<Result<void>> save(StoredReply reply);

  TurnParts parts_;
  std::shared_ptr<ConversationStream> stream_;
  ScannedReply reply_;
  Prompt prompt_;
  const std::string reply_id_;
  async::Cancellation cancellation_;
  async::Signal decided_;  // accepted or rejected
  std::vector<StreamItem> held_;
  std::string text_;
  std::vector<Citation> citations_;
  std::string usage_json_;
  Spending spending_;
  std::optional<FinishReason> finish_reason_;
  TimePoint saved_at_;
  std::size_t saved_bytes_ = 0;
  std::uint64_t first_offset_ = 0;
  bool is_accepted_ = false;
  bool is_rejected_ = false;
  TurnEnd ended_ = TurnEnd::kNone;
};

}  // namespace gatehouse::chat
