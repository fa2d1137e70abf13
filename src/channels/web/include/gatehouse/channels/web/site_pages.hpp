// What the widget asks for beside the chat: the site's words and the documents that citations point
// into.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gatehouse/channels/web/web_channel.hpp"
#include "gatehouse/knowledge/documents.hpp"

namespace gatehouse::channels {

struct SiteText {
  std::string title;
  std::string welcome;
  std::vector<std::string> suggestions;
  std::string responder;
  std::uint32_t message_max_characters = 0;
  std::uint32_t conversation_days = 0;  // how long a conversation is kept after its last message
  std::string version;
};

std::unique_ptr<Handler> make_site(const SiteText& text);  // GET /api/v1/site
std::unique_ptr<Handler> make_read_document(
    knowledge::Documents& documents);  // GET /api/v1/knowledge/documents/{id}

}  // namespace gatehouse::channels
