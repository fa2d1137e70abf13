// One event of a conversation's stream, encoded once for all who follow it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/chat/conversation.hpp"
#include "gatehouse/chat/reply_event.hpp"
#include "gatehouse/guard/admitted.hpp"

namespace gatehouse::chat {

struct Accepted {
  std::string conversation_id;
  std::string message_id;
  std::string reply_id;
};

struct StreamItem {
  std::uint64_t offset = 0;
  std::string_view name;  // a literal: "delta", "end"
  std::string data;       // a JSON object
  bool ends_reply = false;
  std::optional<Error> error = {};  // why the reply failed, for who waits for the whole of it

  std::size_t bytes() const { return data.size() + 64; }
};
using SharedItem = std::shared_ptr<const StreamItem>;

// Where a stream stands: "<epoch>-<offset>". An epoch is one life of a stream in memory; offsets
// count from 1 in it.
struct StreamPosition {
  std::string epoch;
  std::uint64_t offset = 0;

  std::string to_string() const { return epoch + "-" + std::to_string(offset); }
  static Result<StreamPosition> parse(std::string_view text);
};

// The reply events as the native API words them.
StreamItem encode_event(const guard::Scanned<ReplyEvent>& event, std::string_view reply_id);
StreamItem encode_accepted(const Accepted& accepted);
std::string encode_usage(const Usage& usage);
// `budget`: the one that ended the reply; empty: none did.
StreamItem encode_end(std::string_view reply_id, std::string_view finish_reason,
                      std::string_view budget = {});
StreamItem encode_error(std::string_view reply_id, const Error& error);
StreamItem encode_notice(std::string_view name, std::string_view reason);  // "reset", "closing"
// A reply that has ended, as one who asks again sees it: accepted, its text and citations, and its
// end.
std::vector<StreamItem> encode_kept_reply(const Accepted& accepted, const Message& reply);
void append_citation_json(std::string& out, const Citation& citation);

}  // namespace gatehouse::chat
