#include "workflow_request.hpp"

#include <algorithm>
#include <ranges>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/basic_credentials.hpp"

namespace gatehouse::responders {
namespace {

constexpr std::size_t kTokenIdBytes = 16;
constexpr std::string_view kTokenHeader = R"({"alg":"HS256","typ":"JWT"})";

// The conversation; a program on /v1 has none and keeps its history itself.
std::string_view session_of(const chat::Prompt& prompt) {
  return prompt.conversation_id.empty() ? prompt.request_id : prompt.conversation_id;
}

std::string_view question_of(const chat::Prompt& prompt) {
  const auto newest_first = prompt.messages | std::views::reverse;
  const auto asked = std::ranges::find(newest_first, chat::Role::kUser, &chat::PromptMessage::role);
  return asked == newest_first.end() ? std::string_view() : std::string_view(asked->text);
}

}  // namespace

Secret n8n_basic_line(std::string_view user, const Secret& password) {
  return n8n_header_line("Authorization",
                         Secret(codec::basic_credentials(user, password.reveal())));
}

Secret n8n_header_line(std::string_view name, const Secret& value) {
  http::Headers headers;
  headers.add(name, value.reveal());
  return Secret(std::string(headers.lines()));
}

std::string make_workflow_body(const chat::Prompt& prompt, const N8nSettings& settings) {
  std::string body;
  JsonWriter(body)
      .begin_object()
      .member("action", "sendMessage")
      .member(settings.session_key, session_of(prompt))
      .member(settings.input_key, question_of(prompt))
      .key("metadata")
      .begin_object()
      .member("site", prompt.site)
      .member("channel", prompt.asker.channel)
      .member("request_id", prompt.request_id)
      .end_object()
      .end_object();
  return body;
}

Secret make_workflow_token(const chat::Prompt& prompt, const N8nSettings& settings, WallTime now,
                           Random& random) {
  const auto lifetime =
      std::chrono::duration_cast<std::chrono::milliseconds>(settings.token_lifetime);
  std::string claims;
  JsonWriter(claims)
      .begin_object()
      .member("iss", "gatehouse")
      .member("aud", "n8n")
      .member("iat", unix_seconds(now))
      .member("exp", unix_seconds(now + lifetime))
      .member("jti", random_token(random, kTokenIdBytes))
      .member("site", prompt.site)
      .member("sid", session_of(prompt))
      .member("sub", prompt.asker.sender)
      .end_object();
  return Secret(settings.token_key->sign(kTokenHeader, claims));
}

}  // namespace gatehouse::responders
