#include "gatehouse/chat/stream_item.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::chat {
namespace {

constexpr std::size_t kMaxEpochCharacters = 32;

StreamItem item(std::string_view name, std::string data, bool ends_reply = false) {
  return {.offset = 0, .name = name, .data = std::move(data), .ends_reply = ends_reply};
}

std::string_view delta_name(Lane lane) {
  switch (lane) {
    case Lane::kText:
      return "text";
    case Lane::kReasoning:
      return "reasoning";
    case Lane::kRefusal:
      return "refusal";
  }
  return "text";
}

}  // namespace

Result<StreamPosition> StreamPosition::parse(std::string_view text) {
  const auto dash = text.rfind('-');
  const auto offset =
      dash == std::string_view::npos ? std::nullopt : parse_u64(text.substr(dash + 1));
  if (!offset || dash == 0 || dash > kMaxEpochCharacters) {
    return fail_field("Last-Event-ID", "The last event id is not one of this server's.");
  }
  return StreamPosition{std::string(text.substr(0, dash)), *offset};
}

void append_citation_json(std::string& out, const Citation& citation) {
  JsonWriter(out)
      .begin_object()
      .member("number", std::uint64_t{citation.number})
      .member("document_id", citation.document_id)
      .member("file", citation.file)
      .member("title", citation.title)
      .member("heading", citation.heading)
      .member("start", citation.start)
      .member("end", citation.end)
      .member("quote", citation.quote)
      .end_object();
}

std::string encode_usage(const Usage& usage) {
  std::string data;
  JsonWriter(data)
      .begin_object()
      .member("prompt_tokens", usage.prompt_tokens)
      .member("completion_tokens", usage.completion_tokens)
      .end_object();
  return data;
}

StreamItem encode_event(const guard::Scanned<ReplyEvent>& event, std::string_view reply_id) {
  std::string data;
  JsonWriter json(data);
  if (const auto* delta = std::get_if<ReplyDelta>(&*event)) {
    json.begin_object().member(delta_name(delta->lane), delta->text).end_object();
    return item("delta", std::move(data));
  }
  if (const auto* start = std::get_if<ReplyStart>(&*event)) {
    json.begin_object()
        .member("reply_id", reply_id)
        .member("responder", start->responder)
        .end_object();
    return item("start", std::move(data));
  }
  if (const auto* citation = std::get_if<Citation>(&*event)) {
    append_citation_json(data, *citation);
    return item("citation", std::move(data));
  }
  if (const auto* call = std::get_if<ToolCallDelta>(&*event)) {
    json.begin_object().member("index", std::uint64_t{call->index}).member("id", call->id);
    json.member("name", call->name).member("arguments", call->arguments).end_object();
    return item("tool_call", std::move(data));
  }
  if (const auto* usage = std::get_if<Usage>(&*event)) {
    data = encode_usage(*usage);
    return item("usage", std::move(data));
  }
  return encode_end(reply_id, name_of(std::get<ReplyEnd>(*event).reason));
}

StreamItem encode_accepted(const Accepted& accepted) {
  std::string data;
  JsonWriter(data)
      .begin_object()
      .member("conversation_id", accepted.conversation_id)
      .member("message_id", accepted.message_id)
      .member("reply_id", accepted.reply_id)
      .end_object();
  return item("accepted", std::move(data));
}

std::vector<StreamItem> encode_kept_reply(const Accepted& accepted, const Message& reply) {
  std::vector<StreamItem> items;
  items.push_back(encode_accepted(accepted));
  for (const auto& citation : reply.citations) {
    std::string data;
    append_citation_json(data, citation);
    items.push_back(item("citation", std::move(data)));
  }
  if (!reply.text.empty()) {
    std::string data;
    JsonWriter(data).begin_object().member("text", reply.text).end_object();
    items.push_back(item("delta", std::move(data)));
  }
  const bool has_failed =
      reply.status == MessageStatus::kFailed || reply.status == MessageStatus::kInterrupted;
  const Error error{.code = ErrorCode::kUpstreamFailed,
                    .client_message = "This reply was not completed. Ask again."};
  items.push_back(has_failed ? encode_error(reply.id, error)
                             : encode_end(reply.id, reply.finish_reason));
  return items;
}

StreamItem encode_end(std::string_view reply_id, std::string_view finish_reason,
                      std::string_view budget) {
  std::string data;
  JsonWriter json(data);
  json.begin_object().member("reply_id", reply_id).member("finish_reason", finish_reason);
  if (!budget.empty()) json.member("budget", budget);
  json.end_object();
  return item("end", std::move(data), true);
}

StreamItem encode_error(std::string_view reply_id, const Error& error) {
  std::string data;
  JsonWriter json(data);
  json.begin_object().member("reply_id", reply_id).member("code", name_of(error.code));
  json.member("message", error.client_message).key("retry_after_s");
  error.retry_after_ms > 0 ? json.number(std::uint64_t{(error.retry_after_ms + 999) / 1000})
                           : json.null();
  json.end_object();
  StreamItem failed = item("error", std::move(data), true);
  failed.error = error;
  return failed;
}

StreamItem encode_notice(std::string_view name, std::string_view reason) {
  std::string data;
  JsonWriter(data).begin_object().member("reason", reason).end_object();
  return item(name, std::move(data));
}

}  // namespace gatehouse::chat
