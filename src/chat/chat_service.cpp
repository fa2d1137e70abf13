#include "gatehouse/chat/chat_service.hpp"

#include "gatehouse/base/id.hpp"
#include "turn.hpp"

namespace gatehouse::chat {
namespace {

constexpr std::size_t kEpochBytes = 6;

std::unexpected<Error> not_found() {
  return fail(ErrorCode::kNotFound, "There is no such conversation.");
}

}  // namespace

// A conversation that is in memory: its stream and the turn that runs, if one does.
struct ChatService::Live {
  Live(async::Worker& worker, std::shared_ptr<ConversationStream> s)
      : stream(std::move(s)), turn_ended(worker) {}
  std::shared_ptr<ConversationStream> stream;
  std::unique_ptr<Turn> turn;
  guard::Place place;  // among the answers that run; held by the turn
  async::Signal turn_ended;
};

ChatService::ChatService(ChatParts parts)
    : parts_(std::move(parts)),
      started_at_(parts_.worker.now()),
      tasks_(parts_.worker, parts_.on_exception) {}
ChatService::~ChatService() = default;

std::shared_ptr<ChatService::Live> ChatService::live_of(const std::string& conversation_id,
                                                        const Owner& owner) {
  auto& live = live_[conversation_id];
  if (!live) {
    live = std::make_shared<Live>(
        parts_.worker, std::make_shared<ConversationStream>(
                           parts_.worker, owner, random_token(parts_.random, kEpochBytes),
                           ConversationStream::Limits{}));
    live->stream->last_used = parts_.worker.now();
  }
  return live;
}

Prompt ChatService::prompt_for(const IncomingMessage& message, const std::string& id,
                               const std::vector<Message>& history) const {
  Prompt prompt;
  prompt.site = message.owner.site;
  prompt.conversation_id = id;
  prompt.request_id = message.request_id;
  prompt.asker = message.asker;
  if (!parts_.settings.instructions.empty())
    prompt.messages.push_back({Role::kSystem, parts_.settings.instructions});
  for (const auto& earlier : history) prompt.messages.push_back({earlier.role, earlier.text});
  prompt.messages.push_back({Role::kUser, message.text});
  return prompt;
}

NewMessage ChatService::to_store(const IncomingMessage& message, const std::string& id, bool is_new,
                                 const std::string& reply_id) const {
  const WallTime now = parts_.worker.clock().wall();
  return {.owner = message.owner,
          .conversation_id = is_new ? std::string() : id,
          .new_conversation_id = is_new ? id : std::string(),
          .message_id = message.message_id,
          .reply_id = reply_id,
          .text = message.text,
          .tags = message.tags,
          .metadata_json = message.metadata_json,
          .now = now,
          .expires_at = now + std::chrono::duration_cast<std::chrono::milliseconds>(
                                  parts_.settings.conversation_lifetime),
          .history_limit = parts_.settings.history_messages,
          .no_reply_is_running = !is_running(id)};
}

// Also while an earlier message of the conversation is on its way to the store: its reply comes.
bool ChatService::is_running(const std::string& conversation_id) const {
  if (accepting_.contains(conversation_id)) return true;
  const auto known = live_.find(conversation_id);
  return known != live_.end() && known->second->turn != nullptr;
}

void ChatService::begin(const std::shared_ptr<Live>& live, const std::string& id, Prompt prompt,
                        const std::string& reply_id, IncomingMessage& message) {
  live->place = std::move(message.place);
  live->turn = std::make_unique<Turn>(
      TurnParts{parts_.worker, parts_.conversations, parts_.responder, parts_.counters, parts_.log,
                parts_.settings.turn_timeout, parts_.settings.conversation_lifetime},
      live->stream, guard::ReplyScanner(parts_.settings.policy.get()), std::move(prompt), reply_id,
      std::move(message.budget));
  ++running_;
  tasks_.spawn("turn", run_turn(live, id));
}

async::Task<void> ChatService::run_turn(std::shared_ptr<Live> live, std::string conversation_id) {
  co_await live->turn->run();
  const bool was_rejected = live->turn->is_rejected();
  live->turn.reset();
  live->place = guard::Place();
  live->turn_ended.set();
  --running_;
  if (was_rejected && !live->stream->has_followers()) live_.erase(conversation_id);
}

async::Task<Result<Accepted>> ChatService::send(IncomingMessage message, std::string new_id,
                                                std::shared_ptr<Subscription> subscription) {
  if (live_.size() >= parts_.settings.streams_max) sweep();
  const bool is_full =
      running_ >= parts_.settings.turns_max || live_.size() >= parts_.settings.streams_max;
  if (is_draining_ || is_full) {
    Error error{.code = ErrorCode::kUnavailable,
                .client_message = "The server is busy. Try again in a moment."};
    error.retry_after_ms = 2000;
    co_return std::unexpected(std::move(error));
  }
  if (message.message_id.empty())
    message.message_id = make_uuid_v7(parts_.worker.clock().wall(), parts_.random);
  const bool is_new = message.conversation_id.empty();
  std::string id = is_new ? std::move(new_id) : message.conversation_id;
  co_return co_await start_turn(std::move(message), std::move(id), is_new, std::move(subscription));
}

async::Task<Result<Accepted>> ChatService::start_turn(IncomingMessage message, std::string id,
                                                      bool is_new,
                                                      std::shared_ptr<Subscription> subscription) {
  const std::string reply_id = make_uuid_v7(parts_.worker.clock().wall(), parts_.random);
  std::shared_ptr<Live> live;
  // Nobody knows a conversation that is only just beginning, so the backend is asked while the
  // message goes to disk. One that is in memory is being sent again; and shortly after a start it
  // may have been accepted by the process before, so then the store is asked first.
  const bool may_be_older = parts_.worker.now() - started_at_ < parts_.settings.stream_kept_for;
  const bool begins_at_once = is_new && !live_.contains(id) && !may_be_older;
  const NewMessage to_keep = to_store(message, id, is_new, reply_id);
  if (begins_at_once) {
    live = live_of(id, message.owner);
    begin(live, id, prompt_for(message, id, {}), reply_id, message);
  }
  accepting_.insert(id);
  auto stored = co_await parts_.conversations.accept(parts_.worker, to_keep);
  accepting_.erase(accepting_.find(id));
  if (!stored || stored->was_known) {
    if (live && live->turn) live->turn->reject();
    if (!stored) co_return std::unexpected(stored.error());
    Accepted known{
        .conversation_id = id, .message_id = message.message_id, .reply_id = stored->reply_id};
    co_return co_await repeat(std::move(known), std::move(message.owner), std::move(subscription));
  }
  if (!live) live = live_of(id, message.owner);
  // A reply that is on disk already may still be saying so.
  while (!begins_at_once && live->turn) {
    live->turn_ended.reset();
    co_await live->turn_ended.wait(Deadline::never());
  }
  const Accepted accepted{
      .conversation_id = id, .message_id = message.message_id, .reply_id = reply_id};
  if (!begins_at_once) begin(live, id, prompt_for(message, id, stored->history), reply_id, message);
  if (auto joined = live->stream->join(subscription, std::nullopt, live->stream->last_offset());
      !joined) {
    parts_.log.warning("STREAM_REFUSED", joined.error().for_log(),
                       {{"request_id", message.request_id}});
  }
  live->turn->accept(encode_accepted(accepted));
  co_return accepted;
}

async::Task<Result<Accepted>> ChatService::repeat(Accepted accepted, Owner owner,
                                                  std::shared_ptr<Subscription> subscription) {
  const std::string& id = accepted.conversation_id;
  const auto live = live_of(id, owner);
  if (live->turn && live->turn->reply_id() == accepted.reply_id) {
    auto joined = live->stream->join(subscription, std::nullopt, live->turn->first_offset());
    if (!joined) co_return std::unexpected(joined.error());
    live->turn->rejoined();
    co_return accepted;
  }
  const auto conversation = co_await parts_.conversations.read(parts_.worker, std::move(owner), id);
  if (!conversation) co_return std::unexpected(conversation.error());
  for (const auto& message : conversation->messages) {
    if (message.id == accepted.reply_id)
      live->stream->show_once(subscription, encode_kept_reply(accepted, message));
  }
  co_return accepted;
}

async::Task<Result<void>> ChatService::follow(Owner owner, std::string conversation_id,
                                              std::optional<StreamPosition> after,
                                              std::shared_ptr<Subscription> subscription) {
  const auto known = live_.find(conversation_id);
  if (known == live_.end()) {
    const auto found = co_await parts_.conversations.read(parts_.worker, owner, conversation_id);
    if (!found) co_return std::unexpected(found.error());
    if (live_.size() >= parts_.settings.streams_max) sweep();
    if (live_.size() >= parts_.settings.streams_max) {
      co_return fail(ErrorCode::kUnavailable, "The server is busy. Try again in a moment.",
                     "too many streams in memory");
    }
  }
  const auto live = live_of(conversation_id, owner);
  if (live->stream->owner().principal != owner.principal ||
      live->stream->owner().site != owner.site)
    co_return not_found();
  const std::uint64_t from = live->turn ? live->turn->first_offset() : live->stream->last_offset();
  auto joined = live->stream->join(subscription, after, from);
  if (!joined) co_return joined;
  if (live->turn) live->turn->rejoined();
  if (after) parts_.counters.add(telemetry::Counter::kStreamsResumed);
  if (!subscription->begin_notice.empty()) parts_.counters.add(telemetry::Counter::kStreamResets);
  co_return Result<void>();
}

void ChatService::leave(const std::string& conversation_id,
                        const std::shared_ptr<Subscription>& subscription) {
  const auto known = live_.find(conversation_id);
  if (known == live_.end()) return;
  auto& live = *known->second;
  live.stream->leave(subscription);
  if (live.turn && !live.stream->has_followers())
    live.turn->leave_alone(parts_.settings.resume_grace);
}

async::Task<Result<void>> ChatService::stop(Owner owner, std::string conversation_id) {
  const auto known = live_.find(conversation_id);
  if (known == live_.end()) {
    const auto found = co_await parts_.conversations.read(parts_.worker, owner, conversation_id);
    if (!found) co_return std::unexpected(found.error());
    co_return Result<void>();
  }
  const auto live = known->second;
  if (live->stream->owner().principal != owner.principal ||
      live->stream->owner().site != owner.site)
    co_return not_found();
  if (live->turn) live->turn->end(TurnEnd::kStoppedByOwner);
  co_return Result<void>();
}

async::Task<Result<void>> ChatService::remove(Owner owner, std::string conversation_id) {
  auto removed = co_await parts_.conversations.remove(parts_.worker, owner, conversation_id);
  if (!removed) co_return removed;
  const auto known = live_.find(conversation_id);
  if (known == live_.end()) co_return removed;
  const auto live = known->second;
  if (live->turn) live->turn->end(TurnEnd::kStoppedByOwner);
  live->stream->end_all();
  live_.erase(conversation_id);
  co_return removed;
}

std::optional<LiveReply> ChatService::live_reply(const std::string& conversation_id) const {
  const auto known = live_.find(conversation_id);
  if (known == live_.end() || !known->second->turn) return std::nullopt;
  return LiveReply{known->second->turn->reply_id(), known->second->stream->position()};
}

void ChatService::sweep() {
  const TimePoint oldest = parts_.worker.now() - parts_.settings.stream_kept_for;
  std::erase_if(live_, [&](const auto& entry) {
    const Live& live = *entry.second;
    return !live.turn && !live.stream->has_followers() && live.stream->last_used < oldest;
  });
}

async::Task<void> ChatService::drain(Deadline deadline) {
  is_draining_ = true;
  const bool is_done = co_await tasks_.join_until(deadline);
  if (!is_done) {
    for (const auto& [id, live] : live_) {
      if (live->turn) live->turn->end(TurnEnd::kShutdown);
    }
    co_await tasks_.join();
  }
  for (const auto& [id, live] : live_) live->stream->end_all();
}

}  // namespace gatehouse::chat
