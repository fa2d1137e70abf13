// Reads of a SQLite file, beside its writer.
#pragma once

#include <cstddef>
#include <exception>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/store/sqlite/connection.hpp"

namespace gatehouse::store::sqlite {

// A lane of threads with a read-only connection each: a read waits for no write (WAL) and sees one
// moment of the file, the last commit before it began. Safe from any thread; the destructor does
// what is queued, so every worker that waits must still run then.
class Readers {
 public:
  // One thread for each database, at least one.
  explicit Readers(std::vector<SQLite::Database> databases, std::size_t queue_limit = 1024);
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  // Runs `function(Connection&) -> Result<T>` on a thread of the lane and resumes on `home`. The
  // function owns what it touches and begins no transaction itself.
  template <typename Function>
  async::Task<std::invoke_result_t<Function&, Connection&>> read(async::Worker& home,
                                                                 Function function) {
    auto work = [this, function = std::move(function)]() mutable {
      return in_one_moment(function);
    };
    co_return co_await pool_.run(home, std::move(work));
  }

 private:
  template <typename Function>
  std::invoke_result_t<Function&, Connection&> in_one_moment(Function& function) {
    const Lent lent(*this);
    try {
      Snapshot snapshot(lent.connection);
      return function(lent.connection);
    } catch (const std::exception& exception) {
      return std::unexpected(error_of(exception, lent.connection.getFilename()));
    }
  }

  // A connection of the lane for one read. There are as many as threads, so one is always free.
  struct Lent {
    explicit Lent(Readers& from) : readers(from), connection(from.take()) {}
    ~Lent() { readers.give_back(connection); }
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;

    Readers& readers;
    Connection& connection;
  };

  struct Snapshot {
    explicit Snapshot(Connection& of);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    Connection& connection;
  };

  Connection& take();
  void give_back(Connection& connection);

  std::vector<Connection> connections_;
  std::mutex mutex_;
  std::vector<Connection*> free_;
  async::BlockingPool pool_;  // the last member, so that it is joined first
};

}  // namespace gatehouse::store::sqlite
