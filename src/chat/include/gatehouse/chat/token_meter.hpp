// What a turn costs in tokens, by what the backend says or by counting.
#pragma once

#include <cstdint>

#include "gatehouse/base/error.hpp"
#include "gatehouse/chat/reply_event.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/guard/price_table.hpp"

namespace gatehouse::chat {

// Where nobody counts better a token is four bytes; rounded up.
constexpr std::uint64_t tokens_of_bytes(std::uint64_t bytes) {
  return bytes / 4 + (bytes % 4 != 0);
}
std::uint64_t prompt_bytes(const Prompt& prompt);
std::uint64_t prompt_tokens(const Prompt& prompt);

// Sees each event of one answer as the responder says it, before the guard.
class TokenMeter {
 public:
  void note(const ReplyEvent& event);
  // As the backend tells it; 0 until it does.
  std::uint64_t prompt_tokens() const { return prompt_tokens_; }
  std::uint64_t completion_tokens() const { return completion_tokens_; }
  // What the answer to a prompt of so many bytes has taken so far: by counting, or what the backend
  // has told if that is more.
  guard::TokenCount so_far(std::uint64_t prompt_bytes) const;
  // The same when it is over. A backend that wasn't reached or has refused costs nothing; one that
  // was left before it said anything may have worked on the whole of it.
  struct Spent {
    guard::TokenCount count;
    bool is_least_reserved = false;  // at least what was reserved for it
  };
  Spent spent(std::uint64_t prompt_bytes, const Exchange& exchange,
              const Result<void>& outcome) const;

 private:
  std::uint64_t prompt_tokens_ = 0;
  std::uint64_t completion_tokens_ = 0;
  std::uint64_t reply_bytes_ = 0;
  bool has_begun_ = false;
};

}  // namespace gatehouse::chat
