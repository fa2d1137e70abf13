// Reading, listing, exporting, removing and stopping: conversations of their owner.
#include "gatehouse/async/hop.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/chat/conversation_json.hpp"
#include "gatehouse/codec/query.hpp"
#include "gatehouse/http/problem.hpp"
#include "web_parts.hpp"

namespace gatehouse::channels {
namespace {

constexpr std::uint64_t kDefaultPage = 20;
constexpr std::uint64_t kMaxPage = 100;

// What the handlers of one conversation need of a request after they have waited.
struct Asked {
  chat::Owner owner;
  std::string request_id;
  Result<std::string> id;
};

Asked asked_by(const http::Request& request) {
  return {owner_of(*request.principal), std::string(request.request_id),
          conversation_id_of(request.parameter)};
}

class ListConversations final : public Handler {
 public:
  explicit ListConversations(SharedParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    const std::string request_id(request->request_id);
    const auto limit_text = codec::query_value(request->head.query(), "limit");
    const auto limit = limit_text.empty() ? kDefaultPage : parse_u64(limit_text).value_or(0);
    if (limit < 1 || limit > kMaxPage) {
      const Error error{.code = ErrorCode::kInvalid,
                        .client_message = "limit is a number from 1 to 100.",
                        .log_message = {},
                        .field = "limit"};
      parts_->guards.note_invalid(error, request_id);
      co_return http::send_problem(writer, error, request_id);
    }
    std::string after(codec::query_value(request->head.query(), "after"));
    const auto page =
        co_await parts_->conversations.list(parts_->worker, owner_of(*request->principal),
                                            std::move(after), static_cast<std::uint32_t>(limit));
    if (!page) co_return http::send_problem(writer, page.error(), request_id);
    send_json(writer, 200, to_json(*page));
  }

 private:
  static std::string to_json(const chat::ConversationPage& page) {
    std::string body = "{\"conversations\":[";
    for (std::size_t i = 0; i < page.conversations.size(); ++i) {
      const auto& summary = page.conversations[i];
      body += i == 0 ? "{" : ",{";
      chat::append_summary_members(body, summary);
      body.append(",\"messages\":").append(std::to_string(summary.messages)).append("}");
    }
    body += "],\"next\":";
    if (page.next.empty()) {
      body += "null";
    } else {
      append_json_string(body, page.next);
    }
    return body + "}";
  }

  SharedParts parts_;
};

struct LiveQuestion {
  chat::ChatService* service;
  std::string id;
  async::Task<std::optional<chat::LiveReply>> operator()() {
    const auto live = service->live_reply(id);
    co_return live;
  }
};

class ReadConversation final : public Handler {
 public:
  ReadConversation(SharedParts parts, bool is_export)
      : parts_(std::move(parts)), is_export_(is_export) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    const Asked asked = asked_by(*request);
    if (!asked.id) co_return http::send_problem(writer, asked.id.error(), asked.request_id);
    auto& service = parts_->directory.of(*asked.id);
    // The live reply first: one that ends in between is then in what the store answers.
    const auto live = co_await async::on_worker<std::optional<chat::LiveReply>>(
        service.tasks(), parts_->worker, LiveQuestion{&service, *asked.id});
    const auto conversation =
        co_await parts_->conversations.read(parts_->worker, asked.owner, *asked.id);
    if (!conversation) co_return http::send_problem(writer, conversation.error(), asked.request_id);
    std::string body;
    chat::append_conversation_json(body, *conversation, live);
    if (!is_export_) co_return send_json(writer, 200, body);
    http::ResponseHead head;
    head.headers.add_lines("Content-Type: application/json\r\nCache-Control: no-store\r\n");
    head.headers.add("Content-Disposition",
                     "attachment; filename=\"conversation-" + *asked.id + ".json\"");
    writer.send(head, body);
  }

 private:
  SharedParts parts_;
  const bool is_export_;
};

// Both do one thing on the conversation's worker and answer 204.
class ConversationAction final : public Handler {
 public:
  using Action = async::Task<Result<void>> (chat::Reception::*)(chat::Owner, std::string);
  ConversationAction(SharedParts parts, Action action)
      : parts_(std::move(parts)), action_(action) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    const Asked asked = asked_by(*request);
    if (!asked.id) co_return http::send_problem(writer, asked.id.error(), asked.request_id);
    const auto done = co_await (parts_->reception.*action_)(asked.owner, *asked.id);
    if (!done) co_return http::send_problem(writer, done.error(), asked.request_id);
    send_empty(writer, 204);
  }

 private:
  SharedParts parts_;
  const Action action_;
};

}  // namespace

std::unique_ptr<Handler> make_list_conversations(SharedParts parts) {
  return std::make_unique<ListConversations>(std::move(parts));
}
std::unique_ptr<Handler> make_read_conversation(SharedParts parts, bool is_export) {
  return std::make_unique<ReadConversation>(std::move(parts), is_export);
}
std::unique_ptr<Handler> make_remove_conversation(SharedParts parts) {
  return std::make_unique<ConversationAction>(std::move(parts), &chat::Reception::remove);
}
std::unique_ptr<Handler> make_stop_reply(SharedParts parts) {
  return std::make_unique<ConversationAction>(std::move(parts), &chat::Reception::stop);
}

}  // namespace gatehouse::channels
