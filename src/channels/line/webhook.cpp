// POST /webhooks/line/{site}.
#include <algorithm>
#include <array>

#include "gatehouse/channels/line/line_channel.hpp"
#include "gatehouse/http/json_response.hpp"
#include "gatehouse/http/problem.hpp"
#include "line_event.hpp"
#include "signature.hpp"

namespace gatehouse::channels::line {
namespace {

constexpr std::string_view kSignatureHeader = "x-line-signature";
constexpr Duration kEventKept = std::chrono::hours(24 * 7);
constexpr std::uint32_t kAttempts = 12;  // over a quarter of an hour at least

guard::Verdict refusal(std::string_view rule, ErrorCode code, std::string_view reason) {
  return {.action = guard::Action::kDeny,
          .code = code,
          .score = 1000,
          .rule = rule,
          .reason = reason,
          .field = code == ErrorCode::kUnauthenticated ? kSignatureHeader : std::string_view(),
          .evidence = {}};
}

// What is not answered may still mean that something is to be forgotten.
bool is_of_interest(const Event& event) {
  return event.wants_answer() || event.kind == EventKind::kUnsend ||
         event.kind == EventKind::kUnfollow || event.kind == EventKind::kLeave;
}

class Webhook final : public Handler {
 public:
  explicit Webhook(WebhookParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    const std::string request_id(request->request_id);
    if (request->parameter != parts_.settings.site) {
      const Error no_site{.code = ErrorCode::kNotFound,
                          .client_message = "There is no such site here."};
      co_return http::send_problem(writer, no_site, request_id);
    }
    if (const auto refused = check(*request))
      co_return refuse(*refused, *request, request_id, writer);
    auto events = read_webhook(request->body);
    if (!events) {
      parts_.guards.note_invalid(events.error(), request_id);
      co_return http::send_problem(writer, events.error(), request_id);
    }
    parts_.status.note_webhook(parts_.worker.clock().wall());
    auto jobs = jobs_of(std::move(*events));
    if (!jobs.empty()) {
      const auto kept = co_await parts_.queue.enqueue(parts_.worker, std::move(jobs));
      if (!kept) co_return ask_again(kept.error(), request_id, writer);
    }
    http::send_empty(writer, 200);
  }

 private:
  // Nothing: it comes from LINE.
  std::optional<guard::Verdict> check(const http::Request& request) const {
    const auto& settings = parts_.settings;
    const auto contains = [&](const IpPrefix& network) { return network.contains(request.client); };
    if (!settings.networks.empty() && std::ranges::none_of(settings.networks, contains)) {
      return refusal("webhook.network", ErrorCode::kForbidden,
                     "Webhooks don't come from this network address.");
    }
    if (is_signed(request.body, request.head.get(kSignatureHeader), settings.channel_secret))
      return std::nullopt;
    return refusal("webhook.signature", ErrorCode::kUnauthenticated,
                   "The signature of the webhook is missing or wrong.");
  }

  void refuse(const guard::Verdict& why, const http::Request& request,
              const std::string& request_id, http::ResponseWriter& writer) {
    std::string limit_lines;
    const guard::Caller caller{
        .request_id = request_id, .client = request.client, .principal = request.principal};
    const auto told = parts_.guards.refuse_webhook(why, caller, request.head.path(), limit_lines);
    writer.add_header_lines(limit_lines);
    http::send_problem(writer, told.as_error(), request_id);
  }

  void ask_again(const Error& error, const std::string& request_id, http::ResponseWriter& writer) {
    parts_.log.error("STORE_FAILED", error.for_log(), {{"request_id", request_id}});
    const Error away{.code = ErrorCode::kUnavailable,
                     .client_message = "The events could not be kept. Deliver them again."};
    http::send_problem(writer, away, request_id);
  }

  std::vector<jobs::NewJob> jobs_of(std::vector<ReceivedEvent> events) const {
    std::vector<jobs::NewJob> jobs;
    for (auto& [event, json] : events) {
      if (!is_of_interest(event)) continue;
      jobs.push_back({.site = parts_.settings.site,
                      .queue = event.kind == EventKind::kImage ? "image" : "ai",
                      .kind = std::string(kAnswerJob),
                      .payload = std::move(json),
                      .max_attempts = kAttempts,
                      .idempotency_key = "line:" + event.id,
                      .keep_key_for = kEventKept});
    }
    return jobs;
  }

  const WebhookParts parts_;
};

}  // namespace

std::unique_ptr<Handler> make_webhook(WebhookParts parts) {
  return std::make_unique<Webhook>(std::move(parts));
}

}  // namespace gatehouse::channels::line
