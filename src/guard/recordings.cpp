#include "gatehouse/guard/recordings.hpp"

namespace gatehouse::guard {

RecordedHead recorded_head(const RequestView& request) {
  return {.method = std::string(request.method),
          .path = std::string(request.path),
          .host = std::string(request.host),
          .origin = std::string(request.origin),
          .referer = std::string(request.referer.substr(0, request.referer.find_first_of("?#"))),
          .fetch_site = std::string(request.fetch_site),
          .content_type = std::string(request.content_type),
          .content_encoding = std::string(request.content_encoding),
          .user_agent = std::string(request.user_agent),
          .browser = request.browser,
          .tls = request.tls,
          .body_bytes = request.body_bytes,
          .has_body = request.has_body,
          .has_cookie = request.has_cookie,
          .changes_state = request.changes_state,
          .is_secure = request.is_secure,
          .route = *request.route};
}

std::vector<RecordedMessage> recorded_messages(std::span<const MessageView> newest_first) {
  std::vector<RecordedMessage> messages;
  messages.reserve(newest_first.size());
  for (const auto& view : newest_first) {
    messages.push_back({.text = std::string(view.text),
                        .origin = view.origin,
                        .is_program = view.sender.empty(),
                        .has_website = !view.website.empty()});
  }
  return messages;
}

RequestView Recording::request_view() const {
  RequestView view;
  view.method = head->method;
  view.path = head->path;
  view.host = head->host;
  view.origin = head->origin;
  view.referer = head->referer;
  view.fetch_site = head->fetch_site;
  view.content_type = head->content_type;
  view.content_encoding = head->content_encoding;
  view.user_agent = head->user_agent;
  view.browser = head->browser;
  view.tls = head->tls;
  view.request_id = request_id;
  view.body_bytes = head->body_bytes;
  view.has_body = head->has_body;
  view.has_cookie = head->has_cookie;
  view.changes_state = head->changes_state;
  view.is_secure = head->is_secure;
  view.route = &head->route;
  return view;
}

std::vector<MessageView> Recording::message_views(const Policy& policy) const {
  std::vector<MessageView> views;
  views.reserve(messages.size());
  for (const auto& message : messages) {
    views.push_back({.text = message.text,
                     .max_characters = message.is_program ? policy.api_message_max_characters
                                                          : policy.message_max_characters,
                     .origin = message.origin,
                     .website = message.has_website ? "filled in" : ""});
  }
  return views;
}

}  // namespace gatehouse::guard
