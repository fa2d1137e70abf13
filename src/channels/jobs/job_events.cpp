// GET /api/v1/jobs/{id}/events.
#include "gatehouse/async/signal.hpp"
#include "gatehouse/codec/sse.hpp"
#include "jobs_parts.hpp"

namespace gatehouse::channels {
namespace {

using telemetry::Counter;

// A job may run in another process, so the store is asked, as long as somebody looks.
constexpr Duration kLookInterval = std::chrono::milliseconds(500);
constexpr Duration kLifetime = std::chrono::hours(1);

// Each change of a job, from what it is now to its end. Lives as long as one response.
class JobStream {
 public:
  JobStream(SharedJobsParts parts, http::ResponseWriter& writer, JobsVisit visit)
      : parts_(std::move(parts)),
        writer_(writer),
        visit_(std::move(visit)),
        is_over_(parts_->worker) {}

  async::Task<void> run(jobs::Job job) {
    http::ResponseHead head;
    head.headers.add_lines(codec::kSseHeaderLines);
    writer_.start(head);
    parts_->counters.add(Counter::kStreamsOpened);
    const async::Cancellation::Watch left(writer_.client_left(), [this] { is_over_.set(); });
    const async::Cancellation::Watch draining(writer_.draining(), [this] { is_over_.set(); });
    const Deadline lifetime = parts_->worker.in(kLifetime);
    while (true) {
      show(job);
      const bool is_last = jobs::has_ended(job.state) || lifetime.has_passed(parts_->worker.now());
      const auto told = co_await tell();
      if (!told || is_last || is_over_.is_set()) break;
      co_await is_over_.wait(parts_->worker.in(kLookInterval));
      auto found = co_await find_job(parts_, visit_);
      if (!found) break;
      job = std::move(*found);
    }
    parts_->counters.add(Counter::kStreamsClosed);
    writer_.finish();
  }

 private:
  void show(const jobs::Job& job) {
    const bool has_ended = jobs::has_ended(job.state);
    std::string data = to_json(job, visit_.is_operator());
    if (data == shown_) return;
    codec::append_sse_event(out_, {}, has_ended ? "end" : "progress", data);
    shown_ = std::move(data);
  }
  async::Task<Result<void>> tell() {
    const TimePoint now = parts_->worker.now();
    if (out_.empty() && heartbeat_.has_passed(now)) out_ = ": heartbeat\n\n";
    if (out_.empty()) co_return Result<void>();
    heartbeat_ = parts_->worker.in(parts_->heartbeat);
    writer_.write(out_);
    out_.clear();
    co_return co_await writer_.flush();
  }

  SharedJobsParts parts_;
  http::ResponseWriter& writer_;
  const JobsVisit visit_;
  std::string shown_;
  std::string out_;
  Deadline heartbeat_ = Deadline::never();
  async::Signal is_over_;
};

class JobEvents final : public JobsHandler {
 public:
  explicit JobEvents(SharedJobsParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(JobsRequest request, http::ResponseWriter& writer) override {
    const JobsVisit visit = jobs_visit_of(*request);
    if (request->head.method == codec::Method::kHead) co_return http::send_empty(writer, 200);
    const auto place = parts_->guards.take_place(
        guard::Places::Kind::kStream,
        {.request_id = visit.request_id, .client = visit.client, .principal = &visit.principal});
    if (!place) co_return send_refusal(*parts_, writer, place.error().as_error(), visit);
    auto job = co_await find_job(parts_, visit);
    if (!job) co_return send_refusal(*parts_, writer, job.error(), visit);
    JobStream stream(parts_, writer, visit);
    co_await stream.run(std::move(*job));
  }

 private:
  SharedJobsParts parts_;
};

}  // namespace

std::unique_ptr<JobsHandler> make_job_events(SharedJobsParts parts) {
  return std::make_unique<JobEvents>(std::move(parts));
}

}  // namespace gatehouse::channels
