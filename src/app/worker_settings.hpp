// What the parts of a worker are told of the settings.
#pragma once

#include "gatehouse/channels/web/web_channel.hpp"
#include "gatehouse/channels/websocket/websocket_channel.hpp"
#include "gatehouse/chat/chat_service.hpp"
#include "house.hpp"

namespace gatehouse::app {

chat::ChatSettings chat_settings(const House& house, guard::CurrentPolicy policy);
channels::WebSettings web_settings(const House& house, guard::CurrentPolicy policy);
channels::WebSocketSettings websocket_settings(const House& house, guard::CurrentPolicy policy);

}  // namespace gatehouse::app
