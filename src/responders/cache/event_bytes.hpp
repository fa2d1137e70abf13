// What an event takes in memory.
#pragma once

#include <cstddef>

#include "gatehouse/chat/reply_event.hpp"

namespace gatehouse::responders {

// About: the event and its texts.
std::size_t bytes_of(const chat::ReplyEvent& event);

}  // namespace gatehouse::responders
