// POST /api/v1/chat.
#include "chat_request.hpp"
#include "event_stream.hpp"
#include "gatehouse/async/hop.hpp"
#include "gatehouse/base/id.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/chat/token_meter.hpp"
#include "gatehouse/codec/header_values.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "gatehouse/http/problem.hpp"
#include "web_parts.hpp"

namespace gatehouse::channels {
namespace {

using chat::Accepted;

// What crosses over to the conversation's worker: it owns everything.
struct SendCommand {
  chat::ChatService* service;
  chat::IncomingMessage message;
  std::string new_id;
  std::shared_ptr<chat::Subscription> subscription;

  async::Task<Result<Accepted>> operator()() {
    return service->send(std::move(message), std::move(new_id), std::move(subscription));
  }
};

std::string whole_reply_json(const Accepted& accepted, const chat::Message& reply) {
  std::string citations = "[";
  for (const auto& citation : reply.citations) {
    if (citations.size() > 1) citations += ',';
    chat::append_citation_json(citations, citation);
  }
  citations += ']';
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .member("conversation_id", accepted.conversation_id)
      .member("message_id", accepted.message_id)
      .key("reply")
      .begin_object()
      .member("id", reply.id)
      .member("text", reply.text)
      .member("finish_reason", reply.finish_reason)
      .key("citations")
      .raw(citations)
      .end_object()
      .key("usage")
      .raw(reply.usage_json.empty() ? "null" : reply.usage_json)
      .end_object();
  return body;
}

class ChatHandler final : public Handler {
 public:
  explicit ChatHandler(SharedParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    const std::string request_id(request->request_id);
    auto decoded = read_chat_request(request->body);
    if (!decoded) {
      parts_->guards.note_invalid(decoded.error(), request_id);
      co_return http::send_problem(writer, decoded.error(), request_id);
    }
    const guard::MessageView view{
        .text = decoded->message,
        .max_characters = parts_->settings.policy.get().message_max_characters,
        .sender = request->principal->id,
        .website = decoded->website};
    const guard::Caller caller{
        .request_id = request_id, .client = request->client, .principal = request->principal};
    const auto receipt = parts_->guards.check_message(view, parts_->settings.policy.get(), caller);
    if (!receipt) co_return http::send_problem(writer, receipt.error().as_error(), request_id);
    auto answer = parts_->guards.take_place(guard::Places::Kind::kAnswer, caller);
    if (!answer) co_return http::send_problem(writer, answer.error().as_error(), request_id);
    const bool wants_stream =
        decoded->wants_stream ||
        codec::accepts_type(request->head.get(codec::HeaderId::kAccept), "text/event-stream");
    chat::IncomingMessage message{
        .owner = owner_of(*request->principal),
        .asker = chat::asker_of(*request->principal, "web",
                                request->head.get(codec::HeaderId::kAcceptLanguage)),
        .conversation_id = std::move(decoded->conversation_id),
        .message_id = std::move(decoded->message_id),
        .text = std::move(decoded->message),
        .tags = std::move(decoded->tags),
        .metadata_json = std::move(decoded->metadata_json),
        .request_id = request_id,
        .place = std::move(*answer),
        .budget = {}};
    guard::Place open;
    if (wants_stream) {
      auto taken = parts_->guards.take_place(guard::Places::Kind::kStream, caller);
      if (!taken) co_return http::send_problem(writer, taken.error().as_error(), request_id);
      open = std::move(*taken);
    }
    std::string limit_lines;
    auto budget = reserve_budget(message, caller, limit_lines);
    writer.add_header_lines(limit_lines);
    if (!budget) co_return http::send_problem(writer, budget.error().as_error(), request_id);
    message.budget = std::move(*budget);
    co_await run(std::move(message), request->principal->id, wants_stream, request_id, writer);
  }

 private:
  // The earlier messages of the conversation are counted when the answer begins.
  std::expected<guard::BudgetReservation, guard::Verdict> reserve_budget(
      const chat::IncomingMessage& message, const guard::Caller& caller, std::string& limit_lines) {
    std::vector<std::string> models;
    if (parts_->guards.has_money_budget(*caller.principal)) {
      chat::Prompt prompt;
      prompt.asker = message.asker;
      prompt.messages.push_back({chat::Role::kUser, message.text});
      models = parts_->responder.models_for(prompt);
    }
    return parts_->guards.reserve_budget({.prompt = chat::tokens_of_bytes(message.text.size()),
                                          .prompt_field = "message",
                                          .models = models},
                                         caller, parts_->settings.policy.get(), limit_lines);
  }

  // A client that has named its message may send it again without knowing the conversation that it
  // began: the same message of the same owner leads to the same conversation, on the same worker.
  std::string id_of_new_conversation(const chat::IncomingMessage& message) const {
    if (message.message_id.empty())
      return make_uuid_v7(parts_->worker.clock().wall(), parts_->random);
    const auto digest = crypto::sha256(message.owner.site + '\0' + message.owner.principal + '\0' +
                                       message.message_id);
    return make_uuid_v8(crypto::as_text(digest).substr(0, 16));
  }

  async::Task<void> run(chat::IncomingMessage message, std::string session_id, bool wants_stream,
                        std::string request_id, http::ResponseWriter& writer) {
    using Wants = chat::Subscription::Wants;
    const auto subscription =
        std::make_shared<chat::Subscription>(parts_->worker, parts_->settings.stream_queue_bytes,
                                             wants_stream ? Wants::kEverything : Wants::kEndOnly);
    std::string new_id;
    if (message.conversation_id.empty()) new_id = id_of_new_conversation(message);
    const std::string id = message.conversation_id.empty() ? new_id : message.conversation_id;
    auto& service = parts_->directory.of(id);
    chat::Owner owner = message.owner;
    const auto accepted = co_await async::on_worker<Result<Accepted>>(
        service.tasks(), parts_->worker,
        SendCommand{&service, std::move(message), std::move(new_id), subscription});
    if (!accepted) co_return http::send_problem(writer, accepted.error(), request_id);
    if (wants_stream) {
      EventStream stream(*parts_, writer, subscription, std::move(session_id));
      co_await stream.run(EventStream::Until::kReplyEnds);
    } else {
      co_await answer_whole(*accepted, std::move(owner), subscription, request_id, writer);
    }
    service.worker().post([&service, id, subscription] { service.leave(id, subscription); });
  }

  // Waits for the reply's end and reads it from the store: what is answered is what was kept.
  async::Task<void> answer_whole(Accepted accepted, chat::Owner owner,
                                 std::shared_ptr<chat::Subscription> subscription,
                                 std::string request_id, http::ResponseWriter& writer) {
    const auto ended = co_await reply_end(*subscription, writer.client_left());
    if (!ended) co_return http::send_problem(writer, ended.error(), request_id);
    const auto conversation = co_await parts_->conversations.read(parts_->worker, std::move(owner),
                                                                  accepted.conversation_id);
    if (!conversation) co_return http::send_problem(writer, conversation.error(), request_id);
    for (const auto& message : conversation->messages) {
      if (message.id == accepted.reply_id)
        co_return send_json(writer, 200, whole_reply_json(accepted, message));
    }
    const Error gone{.code = ErrorCode::kGone, .client_message = "The conversation was removed."};
    http::send_problem(writer, gone, request_id);
  }

  async::Task<Result<void>> reply_end(chat::Subscription& subscription,
                                      async::Cancellation& client_left) {
    const async::Cancellation::Watch left(client_left,
                                          [&subscription] { subscription.changed().set(); });
    while (!client_left.is_cancelled()) {
      chat::SharedItem item;
      while (subscription.take(item)) {
        if (item->error) co_return std::unexpected(*item->error);
        if (item->ends_reply) co_return Result<void>();
      }
      if (subscription.has_ended()) break;
      co_await subscription.changed().wait(Deadline::never());
    }
    co_return fail(ErrorCode::kUnavailable, "The server is restarting. Ask again in a moment.");
  }

  SharedParts parts_;
};

}  // namespace

std::unique_ptr<Handler> make_chat(SharedParts parts) {
  return std::make_unique<ChatHandler>(std::move(parts));
}

}  // namespace gatehouse::channels
