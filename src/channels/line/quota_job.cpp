// Reads what may still be pushed in this month.
#include "gatehouse/base/json_writer.hpp"
#include "line_api.hpp"
#include "line_jobs.hpp"

namespace gatehouse::channels::line {
namespace {

class QuotaJob final : public jobs::JobHandler {
 public:
  explicit QuotaJob(SharedParts parts) : parts_(std::move(parts)), api_(*parts_) {}

  async::Task<Result<jobs::JobResult>> run(jobs::JobContext& context) override {
    const auto quota = co_await api_.read_quota(context.cancellation());
    if (!quota) {
      parts_->status.note_error(quota.error().for_log(), parts_->worker.clock().wall());
      co_return std::unexpected(quota.error());
    }
    parts_->status.note_success();
    if (parts_->status.note_quota(*quota)) {
      parts_->log.warning("LINE_QUOTA_LOW", parts_->status.report().trouble(),
                          {{"used", quota->used}, {"limit", quota->limit.value_or(0)}});
    }
    jobs::JobResult result;
    JsonWriter(result.bytes)
        .begin_object()
        .member("used", quota->used)
        .member("limit", quota->limit.value_or(0))
        .end_object();
    co_return result;
  }

 private:
  const SharedParts parts_;
  LineApi api_;
};

}  // namespace

jobs::NewJob quota_job() {
  return {.queue = "maintenance", .kind = std::string(kQuotaJob), .priority = 2, .max_attempts = 3};
}

std::unique_ptr<jobs::JobHandler> make_quota_job(SharedParts parts) {
  return std::make_unique<QuotaJob>(std::move(parts));
}

LineJobs make_line_jobs(LineJobParts parts) {
  auto shared = std::make_shared<const LineJobParts>(std::move(parts));
  return {.parts = shared,
          .answer = make_answer_job(shared),
          .send = make_send_job(shared),
          .quota = make_quota_job(shared)};
}

}  // namespace gatehouse::channels::line
