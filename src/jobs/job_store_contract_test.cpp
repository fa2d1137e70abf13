#include "gatehouse/jobs/testing/job_store_history.hpp"
#include "gatehouse/jobs/testing/memory_jobs.hpp"

namespace gatehouse::jobs::testing {
namespace {

class JobsInMemory final : public JobStoreUnderTest {
 public:
  JobStore& port() override { return jobs_; }

 private:
  MemoryJobs jobs_;
};

const MakeJobStore kMakeMemory = [] { return std::make_unique<JobsInMemory>(); };

INSTANTIATE_TEST_SUITE_P(Memory, JobStoreContract, ::testing::Values(kMakeMemory));
INSTANTIATE_TEST_SUITE_P(Memory, JobStoreHistory, ::testing::Values(kMakeMemory));

}  // namespace
}  // namespace gatehouse::jobs::testing
