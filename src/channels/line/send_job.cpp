// Says one thing on LINE, once, whatever happens in between.
#include <algorithm>

#include "gatehouse/base/id.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "line_jobs.hpp"
#include "send_order.hpp"

namespace gatehouse::channels::line {
namespace {

constexpr std::uint16_t kAcceptedBefore = 409;
// How the reason begins that is kept of an attempt whose outcome was told: error_of(),
// unanswered().
constexpr std::string_view kTold = "LINE ";

Error unanswered(const Error& error) {
  Error kept = error;
  kept.code = ErrorCode::kUnavailable;
  kept.log_message = std::string(kTold) + "could not be asked: " + std::string(error.for_log());
  return kept;
}

// Each job is one call of LINE's API. A reply has no key that would make it safe to repeat, but its
// token is good only once: so a token that should be alive and isn't has been used, by an attempt
// before. A job without a token pushes, with a key that is the same in each attempt.
class SendJob final : public jobs::JobHandler {
 public:
  explicit SendJob(SharedParts parts) : parts_(std::move(parts)), api_(*parts_) {}

  async::Task<Result<jobs::JobResult>> run(jobs::JobContext& context) override {
    const auto order = read_send_order(context.payload());
    if (!order) co_return std::unexpected(order.error());
    const auto said = co_await say(*order, context);
    if (!said) co_return note(said.error());
    if (*said == Outcome::kToBePushed) co_return co_await leave(pushed(*order));
    parts_->status.note_success();
    if (order->texts.size() <= kMaxMessages) co_return jobs::JobResult();
    co_return co_await leave(rest_of(*order));
  }

 private:
  enum class Outcome : std::uint8_t { kSaid, kToBePushed };

  async::Task<Result<Outcome>> say(const SendOrder& order, jobs::JobContext& context) {
    return order.reply_token.empty() ? push(order, context) : reply(order, context);
  }
  static std::string first_messages(const SendOrder& order) {
    const auto count = std::min(order.texts.size(), kMaxMessages);
    const std::vector<std::string> texts(order.texts.begin(),
                                         order.texts.begin() + static_cast<std::ptrdiff_t>(count));
    const bool is_last = count == order.texts.size();
    return messages_json(texts, order.button && is_last ? &*order.button : nullptr);
  }
  static SendOrder pushed(SendOrder order) {
    order.reply_token.clear();
    order.key += ":push";
    return order;
  }
  static SendOrder rest_of(SendOrder order) {
    order.reply_token.clear();
    order.key += ":" + std::to_string(kMaxMessages);
    order.texts.erase(order.texts.begin(), order.texts.begin() + kMaxMessages);
    return order;
  }

  async::Task<Result<jobs::JobResult>> leave(SendOrder order) {
    std::vector<jobs::NewJob> jobs;
    jobs.push_back(send_job(order, parts_->settings.site));
    const auto left = co_await parts_->queue.enqueue(parts_->worker, std::move(jobs));
    if (!left) co_return std::unexpected(left.error());
    co_return jobs::JobResult();
  }

  async::Task<Result<Outcome>> reply(const SendOrder& order, jobs::JobContext& context) {
    const auto& job = context.job();
    const bool was_tried = job.fence > 1;
    const bool is_alive = parts_->worker.clock().wall() < order.token_until;
    // What became of a reply that a process died over only its token can tell.
    const bool is_unknown = was_tried && !job.reason.starts_with(kTold);
    if (!is_alive && !is_unknown) co_return Outcome::kToBePushed;
    const auto answer =
        co_await api_.reply(order.reply_token, first_messages(order), context.cancellation());
    if (!answer) co_return std::unexpected(unanswered(answer.error()));
    if (answer->is_success()) co_return Outcome::kSaid;
    if (!is_dead_reply_token(*answer)) co_return std::unexpected(error_of(*answer));
    co_return was_tried ? Outcome::kSaid : Outcome::kToBePushed;
  }

  async::Task<Result<Outcome>> push(const SendOrder& order, jobs::JobContext& context) {
    const auto digest = crypto::sha256("line-push:" + context.job().id);
    std::string retry_key = make_uuid_v8(crypto::as_text(digest).substr(0, 16));
    const auto answer = co_await api_.push(order.to, first_messages(order), std::move(retry_key),
                                           context.cancellation());
    if (!answer) co_return std::unexpected(unanswered(answer.error()));
    if (answer->is_success() || answer->status == kAcceptedBefore) co_return Outcome::kSaid;
    co_return std::unexpected(error_of(*answer));
  }

  std::unexpected<Error> note(const Error& error) {
    parts_->status.note_error(error.for_log(), parts_->worker.clock().wall());
    return std::unexpected(error);
  }

  const SharedParts parts_;
  LineApi api_;
};

}  // namespace

std::unique_ptr<jobs::JobHandler> make_send_job(SharedParts parts) {
  return std::make_unique<SendJob>(std::move(parts));
}

}  // namespace gatehouse::channels::line
