#include "line.hpp"

#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::app {
namespace {

namespace line = channels::line;

// A call that LINE refuses for its rate or failure is made again for a quarter of an hour.
constexpr jobs::RetryTerms kRetry{.base = std::chrono::seconds(1), .cap = std::chrono::minutes(5)};
constexpr Duration kBesideTheAnswer = std::chrono::minutes(1);

http::Upstream api_of(const settings::LineSettings& from) {
  auto upstream = http::Upstream::parse(from.api_url).value();  // checked when it was loaded
  upstream.may_be_private = true;
  return upstream;
}

http::ClientLimits limits_of(const settings::LineSettings& from) {
  http::ClientLimits limits;
  limits.first_byte_timeout = from.call_timeout;
  limits.idle_timeout = from.call_timeout;
  return limits;
}

}  // namespace

std::unique_ptr<server::Handler> make_line_webhook(House& house, async::Worker& worker,
                                                   guard::Pipeline& guards, telemetry::Log& log) {
  const auto& from = house.settings.line;
  line::WebhookSettings settings{.channel_secret = from.channel_secret};
  if (!from.skips_network_check) settings.networks = from.networks;
  return line::make_webhook(
      {worker, guards, *house.job_queue, house.line_status, log, std::move(settings)});
}

LineUnit::LineUnit(House& house, const LineWorkerParts& parts)
    : api_(parts.worker, house.resolver, house.client_tls, api_of(house.settings.line),
           limits_of(house.settings.line), parts.counters) {
  const auto& from = house.settings.line;
  jobs_ = line::make_line_jobs(
      {parts.worker, api_, *house.job_queue, house.directory, *house.conversations, parts.responder,
       parts.guards, parts.policy, house.random, house.line_status, parts.log, parts.on_exception,
       line::LineSettings{.channel_access_token = from.channel_access_token,
                          .reply_token_life = from.reply_token_life,
                          .long_answers = from.asks_for_long_answers ? line::LongAnswers::kAsk
                                                                     : line::LongAnswers::kPush,
                          .answer_max_units = from.answer_max_units,
                          .answer_timeout = house.settings.answer_timeout(),
                          .call_timeout = from.call_timeout}});
}

std::vector<jobs::JobKind> LineUnit::kinds() const {
  return {{.name = std::string(line::kAnswerJob),
           .handler = *jobs_.answer,
           .patience = jobs_.parts->settings.answer_timeout + kBesideTheAnswer,
           .retry = kRetry},
          {.name = std::string(line::kSendJob), .handler = *jobs_.send, .retry = kRetry},
          {.name = std::string(line::kQuotaJob), .handler = *jobs_.quota, .retry = kRetry}};
}

std::vector<jobs::Periodic> LineUnit::periodic() {
  return {{.name = std::string(line::kQuotaJob),
           .every = line::kQuotaInterval,
           .job = line::quota_job()}};
}

std::string line_health_json(const House& house) {
  const auto report = house.line_status.report();
  std::string text;
  JsonWriter json(text);
  const auto time = [&json](std::string_view name, const std::optional<WallTime>& at) {
    json.key(name);
    at ? json.string(to_rfc3339(*at)) : json.null();
  };
  json.begin_object().member("state", report.trouble().empty() ? "healthy" : "troubled");
  json.member("trouble", report.trouble());
  time("last_webhook_at", report.last_webhook_at);
  time("last_error_at", report.last_error_at);
  json.key("quota");
  if (report.quota) {
    json.begin_object().key("limit");
    report.quota->limit ? json.number(*report.quota->limit) : json.null();
    json.member("used", report.quota->used).end_object();
  } else {
    json.null();
  }
  json.end_object();
  return text;
}

void add_line_gauges(const House& house, std::vector<exporters::Gauge>& gauges) {
  if (!house.settings.line.is_used()) return;
  const auto report = house.line_status.report();
  gauges.push_back({"gatehouse_line_troubled", "1 while LINE's API fails or its quota is nearly up",
                    report.trouble().empty() ? 0.0 : 1.0});
  if (!report.quota) return;
  gauges.push_back({"gatehouse_line_quota_used", "Messages that LINE has counted in this month",
                    static_cast<double>(report.quota->used)});
  if (!report.quota->limit) return;
  gauges.push_back({"gatehouse_line_quota_limit", "Messages that may be pushed in a month",
                    static_cast<double>(*report.quota->limit)});
}

}  // namespace gatehouse::app
