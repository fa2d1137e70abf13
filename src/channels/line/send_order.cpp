#include "send_order.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::channels::line {
namespace {

constexpr Duration kKept = std::chrono::hours(24 * 7);
constexpr std::uint32_t kAttempts = 12;

}  // namespace

jobs::NewJob send_job(const SendOrder& order, const std::string& site) {
  jobs::NewJob job{.site = site,
                   .queue = "webhook",
                   .kind = std::string(kSendJob),
                   .max_attempts = kAttempts,
                   .idempotency_key = "line-send:" + order.key,
                   .keep_key_for = kKept};
  JsonWriter json(job.payload);
  json.begin_object()
      .member("key", order.key)
      .member("to", order.to)
      .member("reply_token", order.reply_token)
      .member("token_until", std::int64_t{unix_ms(order.token_until)})
      .key("texts")
      .begin_array();
  for (const auto& text : order.texts) json.string(text);
  json.end_array();
  if (order.button) json.member("label", order.button->label).member("data", order.button->data);
  json.end_object();
  return job;
}

Result<SendOrder> read_send_order(std::string_view payload) {
  codec::JsonReader reader;
  const auto json = reader.read(payload);
  if (!json) return std::unexpected(json.error());
  const auto until = (*json)["token_until"].integer();
  SendOrder order{.key = std::string((*json)["key"].string_or_empty()),
                  .to = std::string((*json)["to"].string_or_empty()),
                  .reply_token = std::string((*json)["reply_token"].string_or_empty()),
                  .token_until = WallTime(std::chrono::milliseconds(until.value_or(0))),
                  .texts = {},
                  .button = {}};
  for (const codec::JsonValue text : (*json)["texts"].elements())
    order.texts.emplace_back(text.string_or_empty());
  if (const auto label = (*json)["label"].string())
    order.button =
        AnswerButton{std::string(*label), std::string((*json)["data"].string_or_empty())};
  if (order.key.empty() || order.to.empty() || order.texts.empty())
    return fail(ErrorCode::kInvalid, "This is nothing that could be said on LINE.");
  return order;
}

}  // namespace gatehouse::channels::line
