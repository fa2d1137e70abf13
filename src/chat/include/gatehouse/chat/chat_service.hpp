// Conversations in motion: accepting messages, running turns, and following their streams.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/chat/conversations.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/chat/subscription.hpp"
#include "gatehouse/guard/budget_reservation.hpp"
#include "gatehouse/guard/current_policy.hpp"
#include "gatehouse/guard/places.hpp"
#include "gatehouse/telemetry/counters.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::chat {

struct ChatSettings {
  guard::CurrentPolicy policy;
  Duration resume_grace = std::chrono::seconds(30);
  Duration turn_timeout = std::chrono::minutes(10);
  Duration conversation_lifetime = std::chrono::hours(24 * 7);
  Duration stream_kept_for = std::chrono::minutes(5);  // after its last use
  std::uint32_t history_messages = 20;
  std::string instructions;          // what models are told before the conversation; empty: nothing
  std::size_t streams_max = 10'000;  // of this worker, in memory
  std::size_t turns_max = 2'000;     // running at once on this worker
};

struct ChatParts {
  async::Worker& worker;
  Conversations& conversations;
  Responder& responder;
  Random& random;
  telemetry::Counters& counters;
  telemetry::Log& log;
  ChatSettings settings;
  async::TaskGroup::OnException on_exception;
};

// A message that a channel has checked.
struct IncomingMessage {
  Owner owner;
  Asker asker;
  std::string conversation_id;  // empty: begin one
  std::string message_id;       // empty: made here
  std::string text;
  std::vector<std::string> tags;
  std::string metadata_json;
  std::string request_id;
  guard::Place place;               // given back when the answer has ended
  guard::BudgetReservation budget;  // settled then
};

struct LiveReply {
  std::string reply_id;
  StreamPosition position;  // the latest event
};

// The conversations of one worker; which worker a conversation belongs to follows from its id (see
// ChatDirectory). All calls on that worker. A turn goes on without followers for the grace time,
// and ends at once when it is stopped.
class ChatService {
 public:
  explicit ChatService(ChatParts parts);
  ~ChatService();

  // Stores the message and starts its turn; `subscription` follows from the turn's first event. A
  // message that was known already starts nothing and follows the reply that it had. `new_id` names
  // the conversation to begin.
  async::Task<Result<Accepted>> send(IncomingMessage message, std::string new_id,
                                     std::shared_ptr<Subscription> subscription);
  async::Task<Result<void>> follow(Owner owner, std::string conversation_id,
                                   std::optional<StreamPosition> after,
                                   std::shared_ptr<Subscription> subscription);
  void leave(const std::string& conversation_id, const std::shared_ptr<Subscription>& subscription);
  async::Task<Result<void>> stop(Owner owner, std::string conversation_id);
  async::Task<Result<void>> remove(Owner owner, std::string conversation_id);
  std::optional<LiveReply> live_reply(const std::string& conversation_id) const;

  // Lets the turns finish until the deadline, then ends and saves them as interrupted.
  async::Task<void> drain(Deadline deadline);
  // Forgets streams that nobody used for a while. Called now and then.
  void sweep();
  async::TaskGroup& tasks() { return tasks_; }
  async::Worker& worker() const { return parts_.worker; }

 private:
  struct Live;
  std::shared_ptr<Live> live_of(const std::string& conversation_id, const Owner& owner);
  async::Task<void> run_turn(std::shared_ptr<Live> live, std::string conversation_id);
  async::Task<Result<Accepted>> start_turn(IncomingMessage message, std::string id, bool is_new,
                                           std::shared_ptr<Subscription> subscription);
  bool is_running(const std::string& conversation_id) const;
  // A message that had been accepted before: its reply is followed, or shown again as it was kept.
  async::Task<Result<Accepted>> repeat(Accepted accepted, Owner owner,
                                       std::shared_ptr<Subscription> subscription);
  Prompt prompt_for(const IncomingMessage& message, const std::string& id,
                    const std::vector<Message>& history) const;
  NewMessage to_store(const IncomingMessage& message, const std::string& id, bool is_new,
                      const std::string& reply_id) const;
  void begin(const std::shared_ptr<Live>& live, const std::string& id, Prompt prompt,
             const std::string& reply_id, IncomingMessage& message);

  ChatParts parts_;
  const TimePoint started_at_;
  std::unordered_map<std::string, std::shared_ptr<Live>> live_;
  std::unordered_multiset<std::string>
      accepting_;  // conversations with a message on its way to the store
  std::size_t running_ = 0;
  bool is_draining_ = false;
  async::TaskGroup tasks_;
};

}  // namespace gatehouse::chat
