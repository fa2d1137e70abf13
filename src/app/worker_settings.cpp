#include "worker_settings.hpp"

namespace gatehouse::app {

chat::ChatSettings chat_settings(const House& house, guard::CurrentPolicy policy) {
  const auto& from = house.settings;
  chat::ChatSettings out;
  out.instructions = house.instructions.text;
  out.policy = std::move(policy);
  out.resume_grace = from.chat.resume_grace;
  out.turn_timeout = from.answer_timeout();
  out.conversation_lifetime = from.chat.conversation_lifetime;
  out.history_messages = from.chat.history_messages;
  return out;
}

channels::WebSettings web_settings(const House& house, guard::CurrentPolicy policy) {
  const auto& from = house.settings;
  return {.policy = std::move(policy),
          .session_cookie = house.pipeline_settings->session_cookie,
          .is_cookie_secure = from.tls.is_enabled || from.tls.is_behind_proxy,
          .heartbeat = from.chat.heartbeat,
          .stream_queue_bytes = from.chat.stream_queue_bytes};
}

channels::WebSocketSettings websocket_settings(const House& house, guard::CurrentPolicy policy) {
  const auto& from = house.settings;
  channels::WebSocketSettings out;
  out.policy = std::move(policy);
  out.limits = {.frame_bytes = from.websocket.frame_bytes,
                .message_bytes = from.websocket.message_bytes};
  out.deflates = from.websocket.deflates;
  out.messages_per_second = from.websocket.messages_per_second;
  out.ping_interval = from.websocket.ping_interval;
  out.pong_timeout = from.websocket.pong_timeout;
  out.idle_timeout = from.websocket.idle_timeout;
  out.write_timeout = from.server.write_timeout;
  out.queue_bytes = from.chat.stream_queue_bytes;
  return out;
}

}  // namespace gatehouse::app
