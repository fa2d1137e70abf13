#include "jobs_parts.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::channels {

JobsVisit jobs_visit_of(const http::Request& request) {
  return {.request_id = std::string(request.request_id),
          .client = request.client,
          .principal = *request.principal,
          .job_id = std::string(request.parameter)};
}

Error only_operators() {
  return {.code = ErrorCode::kForbidden,
          .client_message = "Jobs are looked after by operators.",
          .log_message = "jobs asked for by no operator"};
}

async::Task<Result<jobs::Job>> find_job(SharedJobsParts parts, JobsVisit visit) {
  auto job = co_await parts->queue.store().find(parts->worker, visit.principal.site, visit.job_id,
                                                parts->worker.clock().wall());
  if (!job) co_return job;
  const bool is_owner = !job->owner.empty() && job->owner == visit.principal.owner();
  if (!is_owner && !visit.is_operator()) co_return jobs::job_not_found();
  co_return job;
}

std::string to_json(const jobs::Job& job, bool is_for_operator) {
  std::string body;
  JsonWriter json(body);
  const auto append_time = [&json](std::string_view name, const std::optional<WallTime>& time) {
    json.key(name);
    time ? json.string(to_rfc3339(*time)) : json.null();
  };
  json.begin_object()
      .member("id", job.id)
      .member("queue", job.queue)
      .member("kind", job.kind)
      .member("state", jobs::name_of(job.state))
      .member("priority", std::uint64_t{job.priority})
      .member("attempt", std::uint64_t{job.attempt})
      .member("max_attempts", std::uint64_t{job.max_attempts})
      .member("percent", std::uint64_t{job.progress.percent})
      .member("message", job.progress.message)
      .member("is_cancel_asked", job.is_cancel_asked)
      .member("created_at", to_rfc3339(job.created_at))
      .member("run_at", to_rfc3339(job.run_at));
  append_time("started_at", job.started_at);
  append_time("ended_at", job.ended_at);
  json.key("result");
  const bool is_text = !job.result.empty() && scan_utf8(job.result).is_valid;
  is_text ? json.string(job.result) : json.null();
  if (is_for_operator) json.member("owner", job.owner).member("reason", job.reason);
  json.end_object();
  return body;
}

void send_refusal(const JobsParts& parts, http::ResponseWriter& writer, const Error& error,
                  const JobsVisit& visit) {
  if (error.code == ErrorCode::kInvalid) parts.guards.note_invalid(error, visit.request_id);
  http::send_problem(writer, error, visit.request_id);
}

JobsHandlers make_jobs_handlers(std::shared_ptr<const JobsParts> parts) {
  return {.list = make_list_jobs(parts),
          .start = make_start_job(parts),
          .read = make_read_job(parts),
          .events = make_job_events(parts),
          .cancel = make_cancel_job(parts),
          .requeue = make_requeue_job(parts)};
}

}  // namespace gatehouse::channels
