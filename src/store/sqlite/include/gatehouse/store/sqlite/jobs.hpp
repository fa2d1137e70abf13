// Jobs in SQLite.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gatehouse/base/random.hpp"
#include "gatehouse/jobs/job_store.hpp"
#include "gatehouse/jobs/priority_turns.hpp"
#include "gatehouse/store/sqlite/readers.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// Both must be of one file that open_store_file() gave, and outlive this, as `random` must. Several
// processes may share the file: each sees the jobs of the others when it claims.
class Jobs final : public jobs::JobStore {
 public:
  Jobs(Writer& writer, Readers& readers, Random& random)
      : writer_(writer), readers_(readers), random_(random) {}

  async::Task<Result<std::vector<jobs::Enqueued>>> enqueue(async::Worker& home,
                                                           std::vector<jobs::NewJob> jobs,
                                                           WallTime now) override;
  async::Task<Result<jobs::Claimed>> claim(async::Worker& home, jobs::Claim claim) override;
  async::Task<Result<std::vector<jobs::Hold>>> extend(async::Worker& home,
                                                      std::vector<jobs::Holding> holdings,
                                                      Duration lease, WallTime now) override;
  async::Task<Result<void>> report(async::Worker& home, jobs::Holding holding,
                                   jobs::Progress progress) override;
  async::Task<Result<void>> complete(async::Worker& home, jobs::Holding holding, std::string result,
                                     WallTime now) override;
  async::Task<Result<jobs::JobState>> fail(async::Worker& home, jobs::Holding holding,
                                           jobs::Failure failure, WallTime now) override;
  async::Task<Result<void>> release(async::Worker& home, jobs::Holding holding,
                                    WallTime now) override;
  async::Task<Result<jobs::JobState>> cancel(async::Worker& home, std::string site, std::string id,
                                             WallTime now) override;
  async::Task<Result<void>> requeue(async::Worker& home, std::string site, std::string id,
                                    WallTime now) override;
  async::Task<Result<jobs::Job>> find(async::Worker& home, std::string site, std::string id,
                                      WallTime now) override;
  async::Task<Result<jobs::JobPage>> list(async::Worker& home, jobs::JobFilter filter,
                                          std::string after, std::uint32_t limit,
                                          WallTime now) override;
  async::Task<Result<std::vector<jobs::QueueStatistics>>> statistics(async::Worker& home,
                                                                     WallTime now) override;
  async::Task<Result<std::uint64_t>> remove_ended(async::Worker& home, jobs::Ended ended) override;

 private:
  Writer& writer_;
  Readers& readers_;
  Random& random_;
  std::map<std::string, jobs::PriorityTurns> turns_;  // on the writer's thread
};

}  // namespace gatehouse::store::sqlite
