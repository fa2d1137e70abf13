// The WebSocket channel: the messages and reply events of the native API as JSON frames.
#pragma once

#include <memory>

#include "gatehouse/chat/reception.hpp"
#include "gatehouse/codec/websocket.hpp"
#include "gatehouse/guard/current_policy.hpp"
#include "gatehouse/guard/pipeline.hpp"
#include "gatehouse/http/message.hpp"
#include "gatehouse/identity/live_principals.hpp"
#include "gatehouse/identity/socket_tickets.hpp"
#include "gatehouse/telemetry/counters.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::channels {

struct WebSocketSettings {
  guard::CurrentPolicy policy;
  codec::WebSocketLimits limits;
  bool deflates = true;
  std::uint32_t messages_per_second = 10;  // of one socket, pings and pongs too
  Duration ping_interval = std::chrono::seconds(25);
  Duration pong_timeout = std::chrono::seconds(8);
  Duration idle_timeout = std::chrono::minutes(10);  // without a message or a conversation
  Duration lifetime = std::chrono::hours(4);
  Duration write_timeout = std::chrono::seconds(30);
  std::size_t queue_bytes = 256 * 1024;  // of each conversation that a socket follows
};

// What the handlers of one worker share; everything outlives them.
struct WebSocketParts {
  async::Worker& worker;
  chat::Reception& reception;
  const identity::LivePrincipals& live_principals;
  identity::SocketTickets& tickets;
  guard::Pipeline& guards;
  telemetry::Counters& counters;
  telemetry::Log& log;
  WebSocketSettings settings;
};

using WebSocketHandler = http::Handler<guard::Admitted<http::Request>>;

// The handlers, by what they do. One set per worker.
struct WebSocketHandlers {
  std::unique_ptr<WebSocketHandler> connect;       // GET /api/v1/ws
  std::unique_ptr<WebSocketHandler> issue_ticket;  // POST /api/v1/ws/tickets
};
WebSocketHandlers make_websocket_handlers(std::shared_ptr<const WebSocketParts> parts);

}  // namespace gatehouse::channels
