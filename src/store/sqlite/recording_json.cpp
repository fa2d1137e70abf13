#include "recording_json.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::store::sqlite {
namespace {

using codec::JsonValue;
using guard::RecordedHead;
using guard::RecordedMessage;
using guard::Recording;

void append_browser(JsonWriter& json, const guard::BrowserMarks& marks) {
  json.key("browser")
      .begin_object()
      .member("has_accept", marks.has_accept)
      .member("has_accept_language", marks.has_accept_language)
      .member("has_accept_encoding", marks.has_accept_encoding)
      .member("has_client_hints", marks.has_client_hints)
      .member("is_order_known", marks.is_order_known)
      .member("is_host_first", marks.is_host_first)
      .member("is_language_before_encoding", marks.is_language_before_encoding)
      .end_object();
}

void append_tls(JsonWriter& json, const guard::TlsMarks& marks) {
  json.key("tls")
      .begin_object()
      .member("ja4", marks.ja4_text())
      .member("offers_http2", marks.offers_http2)
      .member("offers_tls13", marks.offers_tls13)
      .member("has_grease", marks.has_grease)
      .end_object();
}

void append_head(JsonWriter& json, const RecordedHead& head) {
  json.key("head")
      .begin_object()
      .member("method", head.method)
      .member("path", head.path)
      .member("host", head.host)
      .member("origin", head.origin)
      .member("referer", head.referer)
      .member("fetch_site", head.fetch_site)
      .member("content_type", head.content_type)
      .member("content_encoding", head.content_encoding)
      .member("user_agent", head.user_agent)
      .member("body_bytes", head.body_bytes)
      .member("has_body", head.has_body)
      .member("has_cookie", head.has_cookie)
      .member("changes_state", head.changes_state)
      .member("is_secure", head.is_secure)
      .member("endpoint", std::uint64_t{static_cast<std::uint8_t>(head.route.endpoint)})
      .member("body", std::uint64_t{static_cast<std::uint8_t>(head.route.body)})
      .member("body_limit_bytes", head.route.body_limit_bytes);
  append_browser(json, head.browser);
  if (head.tls.is_known) append_tls(json, head.tls);
  json.end_object();
}

void append_messages(JsonWriter& json, const std::vector<RecordedMessage>& messages) {
  json.key("messages").begin_array();
  for (const auto& message : messages) {
    json.begin_object()
        .member("text", message.text)
        .member("origin", std::uint64_t{static_cast<std::uint8_t>(message.origin)})
        .member("is_program", message.is_program)
        .member("has_website", message.has_website)
        .end_object();
  }
  json.end_array();
}

std::string text_of(const JsonValue& object, std::string_view name) {
  return std::string(object[name].string_or_empty());
}
bool flag_of(const JsonValue& object, std::string_view name) {
  return object[name].boolean().value_or(false);
}
std::uint64_t number_of(const JsonValue& object, std::string_view name) {
  return object[name].natural().value_or(0);
}
template <typename Enumeration>
Enumeration choice_of(const JsonValue& object, std::string_view name) {
  return static_cast<Enumeration>(number_of(object, name));
}

guard::BrowserMarks browser_of(const JsonValue& json) {
  return {.has_accept = flag_of(json, "has_accept"),
          .has_accept_language = flag_of(json, "has_accept_language"),
          .has_accept_encoding = flag_of(json, "has_accept_encoding"),
          .has_client_hints = flag_of(json, "has_client_hints"),
          .is_order_known = flag_of(json, "is_order_known"),
          .is_host_first = flag_of(json, "is_host_first"),
          .is_language_before_encoding = flag_of(json, "is_language_before_encoding")};
}

guard::TlsMarks tls_of(const JsonValue& json) {
  guard::TlsMarks marks{.offers_http2 = flag_of(json, "offers_http2"),
                        .offers_tls13 = flag_of(json, "offers_tls13"),
                        .has_grease = flag_of(json, "has_grease")};
  const std::string ja4 = text_of(json, "ja4");
  marks.is_known = ja4.size() == marks.ja4.size();
  if (marks.is_known) ja4.copy(marks.ja4.data(), marks.ja4.size());
  return marks;
}

RecordedHead head_of(const JsonValue& json) {
  return {.method = text_of(json, "method"),
          .path = text_of(json, "path"),
          .host = text_of(json, "host"),
          .origin = text_of(json, "origin"),
          .referer = text_of(json, "referer"),
          .fetch_site = text_of(json, "fetch_site"),
          .content_type = text_of(json, "content_type"),
          .content_encoding = text_of(json, "content_encoding"),
          .user_agent = text_of(json, "user_agent"),
          .browser = browser_of(json["browser"]),
          .tls = json["tls"].is_object() ? tls_of(json["tls"]) : guard::TlsMarks(),
          .body_bytes = number_of(json, "body_bytes"),
          .has_body = flag_of(json, "has_body"),
          .has_cookie = flag_of(json, "has_cookie"),
          .changes_state = flag_of(json, "changes_state"),
          .is_secure = flag_of(json, "is_secure"),
          .route = {.endpoint = choice_of<guard::EndpointClass>(json, "endpoint"),
                    .body = choice_of<guard::BodyKind>(json, "body"),
                    .body_limit_bytes = number_of(json, "body_limit_bytes")}};
}

}  // namespace

std::string recording_to_json(const Recording& recording) {
  std::string text;
  JsonWriter json(text);
  json.begin_object()
      .member("principal", std::uint64_t{static_cast<std::uint8_t>(recording.principal)})
      .member("action", std::uint64_t{static_cast<std::uint8_t>(recording.action)})
      .member("rule", recording.rule)
      .member("score", std::uint64_t{recording.score});
  if (recording.head) append_head(json, *recording.head);
  append_messages(json, recording.messages);
  json.end_object();
  return text;
}

std::optional<Recording> recording_from_json(std::string_view text) {
  codec::JsonReader reader;
  const auto json = reader.read(text);
  if (!json || !json->is_object()) return std::nullopt;
  Recording recording{.principal = choice_of<Principal::Kind>(*json, "principal"),
                      .action = choice_of<guard::Action>(*json, "action"),
                      .rule = text_of(*json, "rule"),
                      .score = static_cast<std::uint16_t>(number_of(*json, "score"))};
  if (const JsonValue head = (*json)["head"]; head.is_object()) recording.head = head_of(head);
  for (const JsonValue message : (*json)["messages"].elements()) {
    recording.messages.push_back({.text = text_of(message, "text"),
                                  .origin = choice_of<guard::MessageOrigin>(message, "origin"),
                                  .is_program = flag_of(message, "is_program"),
                                  .has_website = flag_of(message, "has_website")});
  }
  return recording;
}

}  // namespace gatehouse::store::sqlite
