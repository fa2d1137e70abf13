// The LINE channel: webhooks become jobs, and jobs answer them through LINE's API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/channels/line/line_status.hpp"
#include "gatehouse/chat/chat_directory.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/guard/current_policy.hpp"
#include "gatehouse/guard/pipeline.hpp"
#include "gatehouse/http/client.hpp"
#include "gatehouse/http/message.hpp"
#include "gatehouse/jobs/job_handler.hpp"
#include "gatehouse/jobs/job_queue.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::channels::line {

using Request = guard::Admitted<http::Request>;
using Handler = http::Handler<Request>;

struct WebhookSettings {
  std::string site = "default";
  Secret channel_secret;
  std::vector<IpPrefix> networks;  // where webhooks may come from; empty: anywhere
};

// Of one worker; everything outlives the handler.
struct WebhookParts {
  async::Worker& worker;
  guard::Pipeline& guards;
  jobs::JobQueue& queue;
  Status& status;
  telemetry::Log& log;
  WebhookSettings settings;
};

// POST /webhooks/line/{site}. All that is done in the request is to keep the events as jobs, in one
// transaction; 503 where they can't be kept, and LINE delivers them again.
std::unique_ptr<Handler> make_webhook(WebhookParts parts);

// The kinds of the channel's jobs.
inline constexpr std::string_view kAnswerJob = "line-answer";  // an event, to its answer
inline constexpr std::string_view kSendJob = "line-send";      // an answer, to LINE
inline constexpr std::string_view kQuotaJob = "line-quota";    // reads what may still be pushed
inline constexpr Duration kQuotaInterval = std::chrono::hours(1);
// To be left again and again.
jobs::NewJob quota_job();

enum class LongAnswers : std::uint8_t { kPush, kAsk };

struct LineSettings {
  std::string site = "default";
  Secret channel_access_token;
  // How long after an event its reply token is trusted. LINE promises a minute.
  Duration reply_token_life = std::chrono::seconds(50);
  LongAnswers long_answers = LongAnswers::kPush;
  std::size_t answer_max_units = 20'000;  // UTF-16 units of a whole answer
  std::size_t reply_queue_bytes = 256 * 1024;
  Duration answer_timeout = std::chrono::minutes(10);  // the longest of those who may answer
  Duration call_timeout = std::chrono::seconds(10);
};

// Of the worker that runs jobs; everything outlives the handlers.
struct LineJobParts {
  async::Worker& worker;
  http::ClientPool& api;
  jobs::JobQueue& queue;
  chat::ChatDirectory& directory;
  chat::Conversations& conversations;
  const chat::Responder& responder;  // asked for its models only
  guard::Pipeline& guards;
  guard::CurrentPolicy policy;
  Random& random;
  Status& status;
  telemetry::Log& log;
  async::TaskGroup::OnException on_exception;
  LineSettings settings;
};

// One handler for each kind of job. They may be asked to repeat what they have done: what they say
// to people is said once all the same.
struct LineJobs {
  std::shared_ptr<const LineJobParts> parts;
  std::unique_ptr<jobs::JobHandler> answer;
  std::unique_ptr<jobs::JobHandler> send;
  std::unique_ptr<jobs::JobHandler> quota;
};
LineJobs make_line_jobs(LineJobParts parts);

}  // namespace gatehouse::channels::line
