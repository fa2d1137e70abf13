#include "gatehouse/store/sqlite/explanations.hpp"

#include <array>
#include <utility>

#include "gatehouse/store/sqlite/database.hpp"
#include "gatehouse/store/sqlite/migrations.hpp"

namespace gatehouse::store::sqlite {
namespace {

using guard::Explanation;

constexpr std::array kMigrations = {
    Migration{.version = 1, .name = "explanations", .sql = R"(
CREATE TABLE explanations (
  sequence INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  path TEXT NOT NULL,
  client TEXT NOT NULL,
  principal TEXT NOT NULL,
  rule TEXT NOT NULL,
  action TEXT NOT NULL,
  score INTEGER NOT NULL,
  told TEXT NOT NULL,
  evidence TEXT NOT NULL,
  trail TEXT NOT NULL,
  policy TEXT NOT NULL
) STRICT;
CREATE INDEX explanations_by_request ON explanations (request_id);
)"},
};

constexpr std::string_view kWhenDamaged =
    "It holds nothing but explanations of refusals: remove it and start again.";

Result<void> insert(Connection& connection, const std::vector<Explanation>& explanations) {
  auto& row = connection.prepared(
      "INSERT INTO explanations (request_id, at, path, client, principal, rule, action, score, "
      "told, evidence, trail, policy) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
  for (const auto& each : explanations) {
    with_values(row, each.request_id, unix_ms(each.at), each.path, each.client, each.principal,
                each.rule, each.action, std::int64_t{each.score}, each.told, each.evidence,
                each.trail, each.policy)
        .exec();
    row.reset();
  }
  auto& oldest = connection.prepared(
      "DELETE FROM explanations WHERE sequence <= (SELECT MAX(sequence) FROM explanations) - ?1");
  with_values(oldest, Explanations::kMaxKept).exec();
  return {};
}

Explanation read(SQLite::Statement& row) {
  const auto text = [&](int column) { return row.getColumn(column).getString(); };
  return {.request_id = text(0),
          .at = wall_time(row.getColumn(1)),
          .path = text(2),
          .client = text(3),
          .principal = text(4),
          .rule = text(5),
          .action = text(6),
          .score = static_cast<std::uint16_t>(row.getColumn(7).getUInt()),
          .told = text(8),
          .evidence = text(9),
          .trail = text(10),
          .policy = text(11)};
}

}  // namespace

Result<std::unique_ptr<Explanations>> Explanations::open(const std::string& path) {
  auto database = open_expendable(path, {.when_damaged = kWhenDamaged}, kMigrations);
  if (!database) return std::unexpected(std::move(database.error()));
  return std::unique_ptr<Explanations>(new Explanations(std::move(*database)));
}

void Explanations::add(Explanation explanation) noexcept {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMaxWaiting) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  waiting_.push_back(std::move(explanation));
}

async::Task<Result<void>> Explanations::flush(async::Worker& home) {
  std::vector<Explanation> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(waiting_);
  }
  if (taken.empty()) co_return Result<void>();
  auto run = [taken = std::move(taken)](Connection& connection) {
    return insert(connection, taken);
  };
  co_return co_await writer_.write(home, std::move(run));
}

Result<std::vector<Explanation>> Explanations::find(const std::string& path,
                                                    const std::string& request_id) {
  auto database = open_database(path, {.is_read_only = true, .when_damaged = kWhenDamaged});
  if (!database) return std::unexpected(std::move(database.error()));
  try {
    SQLite::Statement rows(
        *database,
        "SELECT request_id, at, path, client, principal, rule, action, score, told, evidence, "
        "trail, policy FROM explanations WHERE request_id = ?1 ORDER BY sequence DESC LIMIT 10");
    rows.bind(1, request_id);
    std::vector<Explanation> found;
    while (rows.executeStep()) found.push_back(read(rows));
    return found;
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, path));
  }
}

}  // namespace gatehouse::store::sqlite
