#include "gatehouse/store/sqlite/audit_log.hpp"

#include <cstring>

#include "audit_records.hpp"
#include "blobs.hpp"

namespace gatehouse::store::sqlite {
namespace {

using audit::Checkpoint;
using audit::Mark;
using audit::StoredRecord;

StoredRecord record_in(SQLite::Statement& row, const std::string& site) {
  const bool is_refused = row.getColumn(7).getString() == audit::name_of(audit::Outcome::kRefused);
  return {
      .record = {.sequence = static_cast<std::uint64_t>(row.getColumn(0).getInt64()),
                 .event = {.site = site,
                           .at = wall_time(row.getColumn(1)),
                           .action = row.getColumn(2).getString(),
                           .actor = row.getColumn(3).getString(),
                           .subject = row.getColumn(4).getString(),
                           .client = row.getColumn(5).getString(),
                           .request_id = row.getColumn(6).getString(),
                           .outcome = is_refused ? audit::Outcome::kRefused : audit::Outcome::kDone,
                           .detail = row.getColumn(8).getString()},
                 .previous = digest_in(row.getColumn(9))},
      .digest = digest_in(row.getColumn(10))};
}

std::optional<Mark> mark_in(SQLite::Statement& row) {
  if (!row.executeStep()) return std::nullopt;
  return Mark{.sequence = static_cast<std::uint64_t>(row.getColumn(0).getInt64()),
              .digest = digest_in(row.getColumn(1))};
}

void insert(Connection& connection, const Checkpoint& checkpoint) {
  auto& row = connection.prepared(
      "INSERT OR REPLACE INTO audit_checkpoints (site, sequence, at, digest, signature)"
      " VALUES (?1, ?2, ?3, ?4, ?5)");
  row.bind(1, checkpoint.site);
  row.bind(2, static_cast<std::int64_t>(checkpoint.sequence));
  row.bind(3, unix_ms(checkpoint.at));
  bind_digest(row, 4, checkpoint.digest);
  row.bind(5, checkpoint.signature.data(), static_cast<int>(checkpoint.signature.size()));
  row.exec();
}

Checkpoint checkpoint_in(SQLite::Statement& row, const std::string& site) {
  Checkpoint checkpoint{.site = site,
                        .sequence = static_cast<std::uint64_t>(row.getColumn(0).getInt64()),
                        .at = wall_time(row.getColumn(1)),
                        .digest = digest_in(row.getColumn(2))};
  const SQLite::Column signature = row.getColumn(3);
  if (static_cast<std::size_t>(signature.getBytes()) == checkpoint.signature.size())
    std::memcpy(checkpoint.signature.data(), signature.getBlob(), checkpoint.signature.size());
  return checkpoint;
}

}  // namespace

async::Task<Result<void>> AuditLog::append(async::Worker& home, audit::Event event) {
  auto run = [event = std::move(event)](Connection& connection) -> Result<void> {
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::vector<StoredRecord>>> AuditLog::read(async::Worker& home, std::string site,
                                                              std::uint64_t after,
                                                              std::uint32_t limit) {
  auto run = [site = std::move(site), after,
              limit](Connection& connection) -> Result<std::vector<StoredRecord>> {
    auto& rows = connection.prepared(
        "SELECT sequence, at, action, actor, subject, client, request_id, outcome, detail,"
        " previous, digest FROM audit WHERE site = ?1 AND sequence > ?2 ORDER BY sequence"
        " LIMIT ?3");
    with_values(rows, site, static_cast<std::int64_t>(after), std::int64_t{limit});
    std::vector<StoredRecord> records;
    while (rows.executeStep()) records.push_back(record_in(rows, site));
    return records;
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<std::optional<Mark>>> AuditLog::last(async::Worker& home, std::string site) {
  auto run = [site = std::move(site)](Connection& connection) -> Result<std::optional<Mark>> {
    auto& row = connection.prepared(
        "SELECT sequence, digest FROM audit WHERE site = ?1 ORDER BY sequence DESC LIMIT 1");
    return mark_in(with_values(row, site));
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<std::optional<Mark>>> AuditLog::last_before(async::Worker& home,
                                                               std::string site, WallTime time) {
  auto run = [site = std::move(site), time](Connection& connection) -> Result<std::optional<Mark>> {
    // Clocks are set back at times: all up to the first that is young enough stay together.
    auto& row = connection.prepared(
        "SELECT sequence, digest FROM audit WHERE site = ?1 AND sequence < coalesce("
        "(SELECT MIN(sequence) FROM audit WHERE site = ?1 AND at >= ?2), 9223372036854775807)"
        " ORDER BY sequence DESC LIMIT 1");
    return mark_in(with_values(row, site, unix_ms(time)));
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<std::vector<Checkpoint>>> AuditLog::checkpoints(async::Worker& home,
                                                                   std::string site) {
  auto run = [site = std::move(site)](Connection& connection) -> Result<std::vector<Checkpoint>> {
    auto& rows = connection.prepared(
        "SELECT sequence, at, digest, signature FROM audit_checkpoints WHERE site = ?1"
        " ORDER BY sequence");
    with_values(rows, site);
    std::vector<Checkpoint> checkpoints;
    while (rows.executeStep()) checkpoints.push_back(checkpoint_in(rows, site));
    return checkpoints;
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<void>> AuditLog::add_checkpoint(async::Worker& home, Checkpoint checkpoint) {
  auto run = [checkpoint = std::move(checkpoint)](Connection& connection) -> Result<void> {
    insert(connection, checkpoint);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> AuditLog::remove_through(async::Worker& home, Checkpoint checkpoint) {
  auto run = [checkpoint = std::move(checkpoint)](Connection& connection) -> Result<void> {
    insert(connection, checkpoint);
    const auto sequence = static_cast<std::int64_t>(checkpoint.sequence);
    auto& records = connection.prepared("DELETE FROM audit WHERE site = ?1 AND sequence <= ?2");
    with_values(records, checkpoint.site, sequence).exec();
    auto& older =
        connection.prepared("DELETE FROM audit_checkpoints WHERE site = ?1 AND sequence < ?2");
    with_values(older, checkpoint.site, sequence).exec();
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

}  // namespace gatehouse::store::sqlite
