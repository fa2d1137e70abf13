// The one who writes a SQLite file: many small writes become few commits.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/async/signal.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/store/sqlite/connection.hpp"

namespace gatehouse::store::sqlite {

// One write from when it is queued to when it is answered.
class WriteJob {
 public:
  // Does the work and keeps its answer; false if that is an error. May throw what SQLite throws.
  virtual bool run(Connection& connection) = 0;
  virtual void refuse(const Error& error) = 0;  // replaces an answer given before
  virtual void answer() = 0;  // the last call: the job may be gone before it returns

 protected:
  ~WriteJob() = default;
};

struct WriterCounts {
  std::uint64_t jobs = 0;      // answered, well or not
  std::uint64_t commits = 0;   // transactions that were committed
  std::uint64_t failures = 0;  // transactions of which nothing was kept
};

// Owns the only connection that writes. What queues while one transaction commits becomes the next,
// without a timer; a lone write goes at once. Each write has a savepoint of its own: if it returns
// an error or throws, only it is undone. If the commit fails, all of its writes are undone and get
// kUnavailable, as does what comes to a full queue. An answer is durable when it is given. Safe
// from any thread; the destructor does what is queued, so who waits for it must still run then.
class Writer {
 public:
  explicit Writer(SQLite::Database database, std::size_t queue_limit = 1024);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Runs `function(Connection&) -> Result<T>` on the writer's thread and resumes on `home` with
  // what it returned once that is on the disk. The function owns what it touches and begins no
  // transaction itself.
  template <typename Function>
  async::Task<std::invoke_result_t<Function&, Connection&>> write(async::Worker& home,
                                                                  Function function) {
    AwaitedJob<Function> job(home, std::move(function));
    if (!submit(job)) co_return queue_full();
    co_await job.done.wait(Deadline::never());
    co_return std::move(*job.result);
  }

  // The same for the start, before any worker runs: blocks the calling thread.
  template <typename Function>
  std::invoke_result_t<Function&, Connection&> write_and_wait(Function function) {
    BlockingJob<Function> job(std::move(function));
    if (!submit(job)) return queue_full();
    job.done.acquire();
    return std::move(*job.result);
  }

  // False from a failed commit to the next that reaches the disk. While it is false every commit
  // writes a page, so any write, even one that changes nothing, finds out whether it is over.
  bool is_healthy() const { return is_healthy_.load(std::memory_order_relaxed); }
  std::string last_error() const;  // for the operator; empty while healthy
  WriterCounts counts() const;

 private:
  template <typename Function>
  struct Job : WriteJob {
    using Answer = std::invoke_result_t<Function&, Connection&>;
    explicit Job(Function work) : function(std::move(work)) {}
    bool run(Connection& connection) final {
      result.emplace(function(connection));
      return result->has_value();
    }
    void refuse(const Error& error) final { result.emplace(std::unexpected(error)); }

    Function function;
    std::optional<Answer> result;

   protected:
    ~Job() = default;
  };

  template <typename Function>
  struct AwaitedJob final : Job<Function> {
    AwaitedJob(async::Worker& worker, Function work)
        : Job<Function>(std::move(work)), home(worker), done(worker) {}
    void answer() override {
      home.post([this] { done.set(); });
    }

    async::Worker& home;
    async::Signal done;
  };

  template <typename Function>
  struct BlockingJob final : Job<Function> {
    using Job<Function>::Job;
    void answer() override { done.release(); }

    std::binary_semaphore done{0};
  };

  std::unexpected<Error> queue_full() const;
  bool submit(WriteJob& job);
  void drain();
  void write_batch(const std::vector<WriteJob*>& batch);
  // Both are false if the machine stood in the way of a write.
  bool run_in_transaction(const std::vector<WriteJob*>& batch);
  bool run_in_savepoint(WriteJob& job);
  void undo(const std::vector<WriteJob*>& batch, const Error& error);
  void note_health(bool is_healthy, std::string error);

  Connection connection_;
  const std::string file_;
  const std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::vector<WriteJob*> queue_;
  bool is_draining_ = false;
  std::string last_error_;
  std::atomic<bool> is_healthy_ = true;
  std::atomic<std::uint64_t> jobs_ = 0;
  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> failures_ = 0;
  async::BlockingPool pool_;  // one thread; the last member, so that it is joined first
};

}  // namespace gatehouse::store::sqlite
