#include "gatehouse/store/sqlite/writer.hpp"

#include <exception>

namespace gatehouse::store::sqlite {
namespace {

void run_statement(Connection& connection, const char* sql) { connection.prepared(sql).exec(); }

// Writes the first page as it is: the least that shows that the disk takes writes again.
void write_one_page(Connection& connection) {
  const int version = connection.execAndGet("PRAGMA user_version").getInt();
  connection.exec("PRAGMA user_version = " + std::to_string(version));
}

}  // namespace

Writer::Writer(SQLite::Database database, std::size_t queue_limit)
    : connection_(std::move(database)),
      file_(connection_.getFilename()),
      queue_limit_(queue_limit),
      pool_("store-writer", 1, 2) {}  // one drain runs while the next may be queued already

std::unexpected<Error> Writer::queue_full() const {
  return fail(ErrorCode::kUnavailable, "The server is busy. Try again in a moment.",
              "store " + file_ + ": " + std::to_string(queue_limit_) +
                  " writes are waiting, which is the limit: the disk is too slow or hangs");
}

std::string Writer::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

WriterCounts Writer::counts() const {
  return {.jobs = jobs_.load(), .commits = commits_.load(), .failures = failures_.load()};
}

bool Writer::submit(WriteJob& job) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= queue_limit_) return false;
    queue_.push_back(&job);
    if (is_draining_) return true;
    is_draining_ = true;
  }
  pool_.submit([this] { drain(); });
  return true;
}

void Writer::drain() {
  std::vector<WriteJob*> batch;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      batch.swap(queue_);
      is_draining_ = !batch.empty();
    }
    if (batch.empty()) return;
    write_batch(batch);
    jobs_ += batch.size();
    for (WriteJob* const job : batch) job->answer();
    batch.clear();
  }
}

void Writer::write_batch(const std::vector<WriteJob*>& batch) {
  try {
    const bool is_healthy = run_in_transaction(batch);
    ++commits_;
    if (is_healthy) note_health(true, {});
  } catch (const std::exception& exception) {
    const Error error = error_of(exception, file_);
    undo(batch, error);
    note_health(false, std::string(error.for_log()));
  }
}

bool Writer::run_in_transaction(const std::vector<WriteJob*>& batch) {
  run_statement(connection_, "BEGIN IMMEDIATE");
  bool is_healthy = true;
  for (WriteJob* const job : batch) is_healthy = run_in_savepoint(*job) && is_healthy;
  if (!is_healthy_.load()) write_one_page(connection_);
  connection_.reset_statements();
  run_statement(connection_, "COMMIT");
  return is_healthy;
}

bool Writer::run_in_savepoint(WriteJob& job) {
  run_statement(connection_, "SAVEPOINT job");
  bool is_kept = false;
  bool is_healthy = true;
  try {
    is_kept = job.run(connection_);
  } catch (const std::exception& exception) {
    if (!connection_.is_in_transaction()) throw;  // the writes before it are gone too
    const Error error = error_of(exception, file_);
    job.refuse(error);
    is_healthy = error.code != ErrorCode::kUnavailable;
    if (!is_healthy) note_health(false, std::string(error.for_log()));
  }
  if (!is_kept) run_statement(connection_, "ROLLBACK TO job");
  run_statement(connection_, "RELEASE job");
  return is_healthy;
}

void Writer::undo(const std::vector<WriteJob*>& batch, const Error& error) {
  connection_.reset_statements();
  if (connection_.is_in_transaction()) connection_.tryExec("ROLLBACK");
  ++failures_;
  for (WriteJob* const job : batch) job->refuse(error);
}

void Writer::note_health(bool is_healthy, std::string error) {
  if (is_healthy && is_healthy_.load()) return;
  const std::lock_guard lock(mutex_);
  last_error_ = std::move(error);
  is_healthy_.store(is_healthy);
}

}  // namespace gatehouse::store::sqlite
