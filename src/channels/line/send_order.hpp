// What is to be said to a chat: the payload of a sending job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/jobs/job.hpp"
#include "line_api.hpp"

namespace gatehouse::channels::line {

inline constexpr std::size_t kMaxMessages = 5;  // of one call

struct SendOrder {
  std::string key;          // the same for the same thing to say; what follows it has others
  std::string to;           // a person, group or room
  std::string reply_token;  // empty: it is pushed
  WallTime token_until;
  std::vector<std::string> texts;  // each as long as a message may be
  std::optional<AnswerButton> button;
};

// Left twice it is said once.
jobs::NewJob send_job(const SendOrder& order, const std::string& site);
// kInvalid: it is none.
Result<SendOrder> read_send_order(std::string_view payload);

}  // namespace gatehouse::channels::line
