// Looking at jobs, and moving them.
#include <algorithm>
#include <array>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/codec/query.hpp"
#include "jobs_parts.hpp"

namespace gatehouse::channels {
namespace {

constexpr std::uint64_t kDefaultPage = 50;
constexpr std::uint64_t kMaxPage = 200;

struct ListQuestion {
  jobs::JobFilter filter;
  std::string after;
  std::uint32_t limit = 0;
};

Result<ListQuestion> read_question(std::string_view query, const std::string& site) {
  ListQuestion question{.filter = {.site = site}};
  const auto limit_text = codec::query_value(query, "limit");
  const auto limit = limit_text.empty() ? kDefaultPage : parse_u64(limit_text).value_or(0);
  if (limit < 1 || limit > kMaxPage) return fail_field("limit", "limit is a number from 1 to 200.");
  question.limit = static_cast<std::uint32_t>(limit);
  const auto state = codec::query_value(query, "state");
  question.filter.state = jobs::job_state_of(state);
  if (!state.empty() && !question.filter.state)
    return fail_field("state", "state is scheduled, ready, running, done, dead or cancelled.");
  question.filter.queue = codec::query_value(query, "queue");
  question.after = codec::query_value(query, "after");
  return question;
}

class ListJobs final : public JobsHandler {
 public:
  explicit ListJobs(SharedJobsParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(JobsRequest request, http::ResponseWriter& writer) override {
    const JobsVisit visit = jobs_visit_of(*request);
    if (!visit.is_operator()) co_return send_refusal(*parts_, writer, only_operators(), visit);
    auto question = read_question(request->head.query(), visit.principal.site);
    if (!question) co_return send_refusal(*parts_, writer, question.error(), visit);
    const auto page = co_await parts_->queue.store().list(
        parts_->worker, std::move(question->filter), std::move(question->after), question->limit,
        parts_->worker.clock().wall());
    if (!page) co_return send_refusal(*parts_, writer, page.error(), visit);
    std::string body;
    JsonWriter json(body);
    json.begin_object().key("jobs").begin_array();
    for (const auto& job : page->jobs) json.raw(to_json(job, true));
    json.end_array().key("next");
    page->next.empty() ? json.null() : json.string(page->next);
    json.end_object();
    http::send_json(writer, 200, body);
  }

 private:
  SharedJobsParts parts_;
};

class ReadJob final : public JobsHandler {
 public:
  explicit ReadJob(SharedJobsParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(JobsRequest request, http::ResponseWriter& writer) override {
    const JobsVisit visit = jobs_visit_of(*request);
    const auto job = co_await find_job(parts_, visit);
    if (!job) co_return send_refusal(*parts_, writer, job.error(), visit);
    http::send_json(writer, 200, to_json(*job, visit.is_operator()));
  }

 private:
  SharedJobsParts parts_;
};

// A change that was made stands; that it can't be recorded is told all the same.
async::Task<Result<void>> record(SharedJobsParts parts, JobsVisit visit, std::string_view action,
                                 std::string detail) {
  audit::Event event{.site = visit.principal.site,
                     .at = parts->worker.clock().wall(),
                     .action = std::string(action),
                     .actor = visit.principal.owner(),
                     .subject = "job:" + visit.job_id,
                     .client = visit.client.to_string(),
                     .request_id = visit.request_id,
                     .detail = std::move(detail)};
  co_return co_await parts->audit.append(parts->worker, std::move(event));
}

// Answers with the job as it is now.
async::Task<void> send_moved(SharedJobsParts parts, http::ResponseWriter& writer, JobsVisit visit,
                             std::string_view action, std::string detail, std::uint16_t status) {
  parts->queue.ring();
  const auto recorded = co_await record(parts, visit, action, std::move(detail));
  if (!recorded) co_return send_refusal(*parts, writer, recorded.error(), visit);
  const auto job = co_await find_job(parts, visit);
  if (!job) co_return send_refusal(*parts, writer, job.error(), visit);
  http::send_json(writer, status, to_json(*job, visit.is_operator()));
}

class CancelJob final : public JobsHandler {
 public:
  explicit CancelJob(SharedJobsParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(JobsRequest request, http::ResponseWriter& writer) override {
    const JobsVisit visit = jobs_visit_of(*request);
    const auto job = co_await find_job(parts_, visit);
    if (!job) co_return send_refusal(*parts_, writer, job.error(), visit);
    const auto state = co_await parts_->queue.store().cancel(parts_->worker, job->site, job->id,
                                                             parts_->worker.clock().wall());
    if (!state) co_return send_refusal(*parts_, writer, state.error(), visit);
    co_await send_moved(parts_, writer, visit, audit::action::kJobCancelled, job->kind, 200);
  }

 private:
  SharedJobsParts parts_;
};

class RequeueJob final : public JobsHandler {
 public:
  explicit RequeueJob(SharedJobsParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(JobsRequest request, http::ResponseWriter& writer) override {
    const JobsVisit visit = jobs_visit_of(*request);
    if (!visit.is_operator()) co_return send_refusal(*parts_, writer, only_operators(), visit);
    const auto moved = co_await parts_->queue.store().requeue(
        parts_->worker, visit.principal.site, visit.job_id, parts_->worker.clock().wall());
    if (!moved) co_return send_refusal(*parts_, writer, moved.error(), visit);
    co_await send_moved(parts_, writer, visit, audit::action::kJobRequeued, {}, 200);
  }

 private:
  SharedJobsParts parts_;
};

class StartJob final : public JobsHandler {
 public:
  explicit StartJob(SharedJobsParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(JobsRequest request, http::ResponseWriter& writer) override {
    JobsVisit visit = jobs_visit_of(*request);
    if (!visit.is_operator()) co_return send_refusal(*parts_, writer, only_operators(), visit);
    auto wanted = read_wanted(request->body);
    if (!wanted) co_return send_refusal(*parts_, writer, wanted.error(), visit);
    wanted->site = visit.principal.site;
    wanted->owner = visit.principal.owner();
    std::string kind = wanted->kind;
    std::vector<jobs::NewJob> jobs;
    jobs.push_back(std::move(*wanted));
    const auto left = co_await parts_->queue.enqueue(parts_->worker, std::move(jobs));
    if (!left) co_return send_refusal(*parts_, writer, left.error(), visit);
    visit.job_id = left->front().id;
    co_await send_moved(parts_, writer, visit, audit::action::kJobStarted, std::move(kind), 202);
  }

 private:
  Result<jobs::NewJob> read_wanted(std::string_view body) const {
    static constexpr std::array<std::string_view, 1> kMembers = {"kind"};
    codec::JsonReader reader({.depth = 2});
    const auto object = reader.read(body);
    if (!object) return std::unexpected(object.error());
    if (!object->is_object()) return fail(ErrorCode::kInvalid, "The body must be a JSON object.");
    if (auto known = codec::check_members(*object, kMembers); !known)
      return std::unexpected(known.error());
    const auto kind = (*object)["kind"].string_or_empty();
    const auto found = std::ranges::find(parts_->startable, kind, &jobs::NewJob::kind);
    if (found != parts_->startable.end()) return *found;
    std::string names;
    for (const auto& job : parts_->startable) names += (names.empty() ? "" : ", ") + job.kind;
    return fail_field("kind", "kind is one of these: " + names + ".");
  }

  SharedJobsParts parts_;
};

}  // namespace

std::unique_ptr<JobsHandler> make_list_jobs(SharedJobsParts parts) {
  return std::make_unique<ListJobs>(std::move(parts));
}
std::unique_ptr<JobsHandler> make_read_job(SharedJobsParts parts) {
  return std::make_unique<ReadJob>(std::move(parts));
}
std::unique_ptr<JobsHandler> make_cancel_job(SharedJobsParts parts) {
  return std::make_unique<CancelJob>(std::move(parts));
}
std::unique_ptr<JobsHandler> make_requeue_job(SharedJobsParts parts) {
  return std::make_unique<RequeueJob>(std::move(parts));
}
std::unique_ptr<JobsHandler> make_start_job(SharedJobsParts parts) {
  return std::make_unique<StartJob>(std::move(parts));
}

}  // namespace gatehouse::channels
