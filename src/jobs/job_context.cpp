#include "gatehouse/jobs/job_handler.hpp"

namespace gatehouse::jobs {

async::Task<void> JobContext::report(std::uint32_t percent, std::string message) {
  const TimePoint now = worker_.now();
  if (percent < 100 && now < next_report_) co_return;
  next_report_ = now + kReportInterval;
  const auto told = co_await store_.report(worker_, holding(),
                                           {.percent = percent, .message = std::move(message)});
  if (!told && told.error().code == ErrorCode::kConflict) cancellation_.cancel();
}

}  // namespace gatehouse::jobs
