// What several handlers of the web channel do alike.
#pragma once

#include <string>
#include <string_view>

#include "gatehouse/channels/web/web_channel.hpp"
#include "gatehouse/http/json_response.hpp"

namespace gatehouse::channels {

using SharedParts = std::shared_ptr<const WebParts>;

using chat::owner_of;
using http::send_empty;
using http::send_json;

// A conversation's id as it stands in a path: a UUID, or there is no such conversation.
Result<std::string> conversation_id_of(std::string_view parameter);

std::unique_ptr<Handler> make_start_session(SharedParts parts);
std::unique_ptr<Handler> make_end_session(SharedParts parts);
std::unique_ptr<Handler> make_chat(SharedParts parts);
std::unique_ptr<Handler> make_list_conversations(SharedParts parts);
std::unique_ptr<Handler> make_read_conversation(SharedParts parts, bool is_export);
std::unique_ptr<Handler> make_remove_conversation(SharedParts parts);
std::unique_ptr<Handler> make_stop_reply(SharedParts parts);
std::unique_ptr<Handler> make_follow(SharedParts parts);

}  // namespace gatehouse::channels
