// The web channel: visitor sessions, chat, conversations and their streams under /api/v1.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gatehouse/chat/chat_directory.hpp"
#include "gatehouse/chat/reception.hpp"
#include "gatehouse/guard/current_policy.hpp"
#include "gatehouse/guard/pipeline.hpp"
#include "gatehouse/http/message.hpp"
#include "gatehouse/identity/live_principals.hpp"
#include "gatehouse/identity/visitor_sessions.hpp"
#include "gatehouse/telemetry/counters.hpp"

namespace gatehouse::channels {

using Request = guard::Admitted<http::Request>;
using Handler = http::Handler<Request>;

struct WebSettings {
  guard::CurrentPolicy policy;
  std::string session_cookie;  // its name, with __Host- where that applies
  bool is_cookie_secure = false;
  Duration heartbeat = std::chrono::seconds(15);
  std::size_t stream_queue_bytes = 256 * 1024;
  Duration stream_lifetime = std::chrono::hours(4);
};

// What the handlers of one worker share; everything outlives them.
struct WebParts {
  async::Worker& worker;
  chat::ChatDirectory& directory;
  chat::Conversations& conversations;
  identity::VisitorSessions& sessions;
  identity::EndedSessions& ended_sessions;
  const identity::LivePrincipals& live_principals;
  chat::Reception& reception;
  guard::Pipeline& guards;
  telemetry::Counters& counters;
  Random& random;
  WebSettings settings;
};

// The handlers, by what they do. One set per worker.
struct WebHandlers {
  std::unique_ptr<Handler> start_session;        // POST /api/v1/sessions
  std::unique_ptr<Handler> end_session;          // DELETE /api/v1/sessions/current
  std::unique_ptr<Handler> chat;                 // POST /api/v1/chat
  std::unique_ptr<Handler> list_conversations;   // GET /api/v1/conversations
  std::unique_ptr<Handler> read_conversation;    // GET /api/v1/conversations/{id}
  std::unique_ptr<Handler> export_conversation;  // GET /api/v1/conversations/{id}/export
  std::unique_ptr<Handler> remove_conversation;  // DELETE /api/v1/conversations/{id}
  std::unique_ptr<Handler> stop_reply;           // POST /api/v1/conversations/{id}/stop
  std::unique_ptr<Handler> follow;               // GET /api/v1/conversations/{id}/events
};
WebHandlers make_web_handlers(std::shared_ptr<const WebParts> parts);

}  // namespace gatehouse::channels
