// LINE's Messaging API, as far as the bot asks it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/channels/line/line_channel.hpp"

namespace gatehouse::channels::line {

struct ApiAnswer {
  std::uint16_t status = 0;
  std::string body;
  std::uint32_t retry_after_ms = 0;  // 0: LINE didn't say

  bool is_success() const { return status >= 200 && status < 300; }
};

// A button that gives the bot another reply token when it is pressed.
struct AnswerButton {
  std::string label;
  std::string data;
};

// What went wrong, in words for the operator with what to do; its code says whether it makes sense
// to ask again.
Error error_of(const ApiAnswer& answer);
bool is_dead_reply_token(const ApiAnswer& answer);

// The messages of one call, as a JSON list; the button stands below the last.
std::string messages_json(const std::vector<std::string>& texts, const AnswerButton* button);

// On one worker. An error says that LINE's answer didn't come; whether LINE did what was asked is
// then not known.
class LineApi {
 public:
  explicit LineApi(const LineJobParts& parts) : parts_(parts) {}

  async::Task<Result<ApiAnswer>> reply(std::string reply_token, std::string messages_json,
                                       async::Cancellation& cancellation);
  // `retry_key` is a UUID: asked with one that it knows LINE answers 409 and does nothing.
  async::Task<Result<ApiAnswer>> push(std::string to, std::string messages_json,
                                      std::string retry_key, async::Cancellation& cancellation);
  async::Task<Result<ApiAnswer>> mark_as_read(std::string token, async::Cancellation& cancellation);
  // Shown to one person, until the bot says something or `seconds` (5 to 60, by fives) are over.
  async::Task<Result<ApiAnswer>> show_loading(std::string user_id, std::uint32_t seconds,
                                              async::Cancellation& cancellation);
  async::Task<Result<Quota>> read_quota(async::Cancellation& cancellation);

 private:
  struct Call {
    std::string_view method = "POST";
    std::string_view path;
    std::string body = {};
    std::string retry_key = {};
    bool is_sent_once = false;
  };
  async::Task<Result<ApiAnswer>> ask(Call call, async::Cancellation& cancellation);
  async::Task<Result<std::uint64_t>> read_number(std::string_view path, std::string_view name,
                                                 async::Cancellation& cancellation);

  const LineJobParts& parts_;
};

}  // namespace gatehouse::channels::line
