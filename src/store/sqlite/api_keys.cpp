#include "gatehouse/store/sqlite/api_keys.hpp"

#include <utility>

#include "audit_records.hpp"
#include "blobs.hpp"
#include "changes_elsewhere.hpp"

namespace gatehouse::store::sqlite {
namespace {

using Key = identity::ApiKeyRecord;

std::vector<Key> select(Connection& connection, const std::string& site) {
  auto& rows = connection.prepared(
      "SELECT id, name, key_hash, account, scopes, created_at, expires_at, used_at,"
      " requests_per_minute, tokens_per_day, money_micros_per_day FROM api_keys WHERE site = ?1 "
      "ORDER BY name, id");
  with_values(rows, site);
  std::vector<Key> keys;
  while (rows.executeStep()) {
    keys.push_back(
        {.id = rows.getColumn(0).getString(),
         .site = site,
         .name = rows.getColumn(1).getString(),
         .key_hash = digest_in(rows.getColumn(2)),
         .account_id = rows.getColumn(3).getString(),
         .scopes = identity::scopes_of(rows.getColumn(4).getString()).value_or(0),
         .created_at = wall_time(rows.getColumn(5)),
         .expires_at = time_in(rows.getColumn(6)),
         .used_at = time_in(rows.getColumn(7)),
         .requests_per_minute = rows.getColumn(8).getUInt(),
         .tokens_per_day = static_cast<std::uint64_t>(rows.getColumn(9).getInt64()),
         .money_micros_per_day = static_cast<std::uint64_t>(rows.getColumn(10).getInt64())});
  }
  return keys;
}

void insert(Connection& connection, const Key& key) {
  auto& row = connection.prepared(
      "INSERT INTO api_keys (site, id, name, key_hash, account, scopes, created_at, expires_at,"
      " used_at, requests_per_minute, tokens_per_day, money_micros_per_day)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL, ?9, ?10, ?11)");
  row.bind(1, key.site);
  row.bind(2, key.id);
  row.bind(3, key.name);
  bind_digest(row, 4, key.key_hash);
  row.bind(5, key.account_id);
  row.bind(6, identity::names_of(key.scopes));
  row.bind(7, unix_ms(key.created_at));
  if (key.expires_at) {
    row.bind(8, unix_ms(*key.expires_at));
  } else {
    row.bind(8);
  }
  row.bind(9, std::int64_t{key.requests_per_minute});
  row.bind(10, static_cast<std::int64_t>(key.tokens_per_day));
  row.bind(11, static_cast<std::int64_t>(key.money_micros_per_day));
  row.exec();
}

}  // namespace

async::Task<Result<void>> ApiKeys::add(async::Worker& home, Key key, audit::Event event) {
  auto run = [key = std::move(key),
              event = std::move(event)](Connection& connection) -> Result<void> {
    insert(connection, key);
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> ApiKeys::remove(async::Worker& home, std::string site, std::string id,
                                          audit::Event event) {
  auto run = [site = std::move(site), id = std::move(id),
              event = std::move(event)](Connection& connection) -> Result<void> {
    auto& row = connection.prepared("DELETE FROM api_keys WHERE site = ?1 AND id = ?2");
    if (with_values(row, site, id).exec() == 0)
      return fail(ErrorCode::kNotFound, "There is no such key.");
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> ApiKeys::note_used(async::Worker& home, std::string site,
                                             std::vector<identity::UsedKey> used) {
  auto run = [site = std::move(site),
              used = std::move(used)](Connection& connection) -> Result<void> {
    for (const auto& each : used) {
      auto& row =
          connection.prepared("UPDATE api_keys SET used_at = ?3 WHERE site = ?1 AND id = ?2");
      with_values(row, site, each.id, unix_ms(each.at)).exec();
    }
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::vector<Key>>> ApiKeys::list(async::Worker& home, std::string site) {
  auto run = [site = std::move(site)](Connection& connection) -> Result<std::vector<Key>> {
    return select(connection, site);
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::optional<std::vector<Key>>>> ApiKeys::load_changed(async::Worker& home,
                                                                           std::string site,
                                                                           bool is_asked_anyway) {
  auto run = [this, site = std::move(site),
              is_asked_anyway](Connection& connection) -> Result<std::optional<std::vector<Key>>> {
    const bool has_changed = has_changed_elsewhere(connection, seen_version_);
    if (!has_changed && !is_asked_anyway) return std::nullopt;
    return select(connection, site);
  };
  co_return co_await writer_.write(home, std::move(run));
}

}  // namespace gatehouse::store::sqlite
