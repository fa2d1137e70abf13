#include "gatehouse/store/sqlite/token_keys.hpp"

#include <utility>

#include "audit_records.hpp"
#include "blobs.hpp"
#include "changes_elsewhere.hpp"

namespace gatehouse::store::sqlite {
namespace {

using identity::KeyRotation;
using Key = identity::StoredTokenKey;

// Those of an algorithm that isn't known are left out: the schema lets none in.
std::vector<Key> select(Connection& connection, const std::string& site) {
  auto& rows = connection.prepared(
      "SELECT kid, algorithm, sealed_secret, created_at, accepted_until FROM token_keys"
      " WHERE site = ?1 ORDER BY accepted_until IS NULL DESC, created_at DESC, kid");
  with_values(rows, site);
  std::vector<Key> keys;
  while (rows.executeStep()) {
    const auto algorithm = crypto::jws_algorithm_of(rows.getColumn(1).getString());
    if (!algorithm) continue;
    keys.push_back({.site = site,
                    .kid = rows.getColumn(0).getString(),
                    .algorithm = *algorithm,
                    .sealed_secret = blob_in(rows.getColumn(2)),
                    .created_at = wall_time(rows.getColumn(3)),
                    .accepted_until = time_in(rows.getColumn(4))});
  }
  return keys;
}

void insert(Connection& connection, const Key& key) {
  auto& row = connection.prepared(
      "INSERT INTO token_keys (site, kid, algorithm, sealed_secret, created_at, accepted_until)"
      " VALUES (?1, ?2, ?3, ?4, ?5, NULL)");
  row.bind(1, key.site);
  row.bind(2, key.kid);
  row.bind(3, std::string(crypto::name_of(key.algorithm)));
  bind_blob(row, 4, key.sealed_secret);
  row.bind(5, unix_ms(key.created_at));
  row.exec();
}

void end_all(Connection& connection, const std::string& site) {
  with_values(connection.prepared("DELETE FROM token_keys WHERE site = ?1"), site).exec();
  with_values(connection.prepared("DELETE FROM refresh_families WHERE site = ?1"), site).exec();
  with_values(connection.prepared("UPDATE accounts SET epoch = epoch + 1 WHERE site = ?1"), site)
      .exec();
}

}  // namespace

async::Task<Result<std::vector<Key>>> TokenKeys::list(async::Worker& home, std::string site) {
  auto run = [site = std::move(site)](Connection& connection) -> Result<std::vector<Key>> {
    return select(connection, site);
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> TokenKeys::rotate(async::Worker& home, KeyRotation rotation,
                                            audit::Event event) {
  auto run = [rotation = std::move(rotation),
              event = std::move(event)](Connection& connection) -> Result<void> {
    const std::string& site = rotation.fresh.site;
    if (rotation.ends_all) end_all(connection, site);
    auto& others = connection.prepared(
        "UPDATE token_keys SET accepted_until = ?2 WHERE site = ?1 AND accepted_until IS NULL");
    with_values(others, site, unix_ms(rotation.others_until)).exec();
    insert(connection, rotation.fresh);
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::optional<std::vector<Key>>>> TokenKeys::load_changed(async::Worker& home,
                                                                             std::string site) {
  auto run = [this, site = std::move(site)](
                 Connection& connection) -> Result<std::optional<std::vector<Key>>> {
    if (!has_changed_elsewhere(connection, seen_version_)) return std::nullopt;
    return select(connection, site);
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::uint64_t>> TokenKeys::remove_expired(async::Worker& home, WallTime now) {
  auto run = [now](Connection& connection) -> Result<std::uint64_t> {
    auto& rows = connection.prepared("DELETE FROM token_keys WHERE accepted_until <= ?1");
    return static_cast<std::uint64_t>(with_values(rows, unix_ms(now)).exec());
  };
  co_return co_await writer_.write(home, std::move(run));
}

}  // namespace gatehouse::store::sqlite
