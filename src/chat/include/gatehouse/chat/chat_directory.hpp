// Which worker a conversation belongs to.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "gatehouse/chat/chat_service.hpp"

namespace gatehouse::chat {

// A conversation's id decides its worker, so nothing has to be looked up or locked. Filled once
// before the workers run; safe from any thread afterwards.
class ChatDirectory {
 public:
  void add(ChatService& service) { services_.push_back(&service); }
  ChatService& of(std::string_view conversation_id) const {
    return *services_[std::hash<std::string_view>()(conversation_id) % services_.size()];
  }

 private:
  std::vector<ChatService*> services_;
};

}  // namespace gatehouse::chat
