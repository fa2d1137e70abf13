// POST /api/v1/chat.
#include <array>

#include "event_stream.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/header_values.hpp"
#include "gatehouse/http/problem.hpp"
#include "web_parts.hpp"

namespace gatehouse::channels {
namespace {

using chat::Accepted;

// The body of the request: a message, and how its reply is wanted.
struct ChatRequest {
  chat::MessageRequest message;
  bool wants_stream = false;
};

Result<ChatRequest> read_chat_request(std::string_view text) {
  constexpr std::array<std::string_view, 1> kBeside = {"stream"};
  codec::JsonReader reader({.depth = chat::kMessageRequestDepth});
  const auto body = reader.read(text);
  if (!body) return std::unexpected(body.error());
  if (!body->is_object()) return fail(ErrorCode::kInvalid, "The body must be a JSON object.");
  auto message = chat::read_message_request(*body, kBeside);
  if (!message) return std::unexpected(message.error());
  const codec::JsonValue stream = (*body)["stream"];
  if (stream.is_given() && !stream.is_boolean())
    return fail_field("stream", "stream is true or false.");
  return ChatRequest{.message = std::move(*message),
                     .wants_stream = stream.boolean().value_or(false)};
}

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
    const guard::Caller caller{
        .request_id = request_id, .client = request->client, .principal = request->principal};
    const bool wants_stream =
        decoded->wants_stream ||
        codec::accepts_type(request->head.get(codec::HeaderId::kAccept), "text/event-stream");
    std::string limit_lines;
    auto message =
        parts_->reception.admit(std::move(decoded->message), caller, "web",
                                request->head.get(codec::HeaderId::kAcceptLanguage), limit_lines);
    writer.add_header_lines(limit_lines);
    if (!message) co_return http::send_problem(writer, message.error(), request_id);
    guard::Place open;
    if (wants_stream) {
      auto taken = parts_->guards.take_place(guard::Places::Kind::kStream, caller);
      if (!taken) co_return http::send_problem(writer, taken.error().as_error(), request_id);
      open = std::move(*taken);
    }
    co_await run(std::move(*message), *request->principal, wants_stream, request_id, writer);
  }

 private:
  async::Task<void> run(chat::IncomingMessage message, Principal principal, bool wants_stream,
                        std::string request_id, http::ResponseWriter& writer) {
    using Wants = chat::Subscription::Wants;
    const auto subscription =
        std::make_shared<chat::Subscription>(parts_->worker, parts_->settings.stream_queue_bytes,
                                             wants_stream ? Wants::kEverything : Wants::kEndOnly);
    const std::string id = parts_->reception.conversation_of(message);
    chat::Owner owner = message.owner;
    const auto accepted = co_await parts_->reception.send(std::move(message), id, subscription);
    if (!accepted) co_return http::send_problem(writer, accepted.error(), request_id);
    if (wants_stream) {
      EventStream stream(*parts_, writer, subscription, std::move(principal));
      co_await stream.run(EventStream::Until::kReplyEnds);
    } else {
      co_await answer_whole(*accepted, std::move(owner), subscription, request_id, writer);
    }
    parts_->reception.leave(id, subscription);
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
