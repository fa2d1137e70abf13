#include "gatehouse/store/sqlite/readers.hpp"

#include <algorithm>

namespace gatehouse::store::sqlite {

Readers::Readers(std::vector<SQLite::Database> databases, std::size_t queue_limit)
    : pool_("store-reader", static_cast<unsigned>(std::max<std::size_t>(databases.size(), 1)),
            queue_limit) {
  connections_.reserve(databases.size());  // so that free_ may point into it
  for (auto& database : databases) {
    free_.push_back(&connections_.emplace_back(std::move(database)));
  }
}

Connection& Readers::take() {
  const std::lock_guard lock(mutex_);
  Connection& connection = *free_.back();
  free_.pop_back();
  return connection;
}

void Readers::give_back(Connection& connection) {
  const std::lock_guard lock(mutex_);
  free_.push_back(&connection);
}

Readers::Snapshot::Snapshot(Connection& of) : connection(of) {
  connection.prepared("BEGIN").exec();
}

Readers::Snapshot::~Snapshot() {
  connection.reset_statements();
  if (connection.is_in_transaction()) connection.tryExec("ROLLBACK");
}

}  // namespace gatehouse::store::sqlite
