#include "gatehouse/store/sqlite/refresh_families.hpp"

#include <utility>

#include "account_rows.hpp"
#include "audit_records.hpp"
#include "blobs.hpp"
#include "changes_elsewhere.hpp"

namespace gatehouse::store::sqlite {
namespace {

using identity::FoundFamily;
using identity::LiveFamily;
using identity::TokenClient;
using Family = identity::RefreshFamily;
using Ids = std::vector<std::string>;

#define GATEHOUSE_FAMILY_COLUMNS \
  "id, account, sealed_secret, generation, created_at, refreshed_at, user_agent, network"

Family family_in(SQLite::Statement& row, const std::string& site) {
  return {
      .id = row.getColumn(0).getString(),
      .site = site,
      .account_id = row.getColumn(1).getString(),
      .sealed_secret = blob_in(row.getColumn(2)),
      .generation = static_cast<std::uint64_t>(row.getColumn(3).getInt64()),
      .created_at = wall_time(row.getColumn(4)),
      .refreshed_at = wall_time(row.getColumn(5)),
      .client = {.user_agent = row.getColumn(6).getString(),
                 .network = IpPrefix::parse(row.getColumn(7).getString()).value_or(IpPrefix())}};
}

std::optional<Family> select(Connection& connection, const std::string& site,
                             const std::string& id) {
  auto& row = connection.prepared("SELECT " GATEHOUSE_FAMILY_COLUMNS
                                  " FROM refresh_families WHERE site = ?1 AND id = ?2");
  if (!with_values(row, site, id).executeStep()) return std::nullopt;
  return family_in(row, site);
}

std::vector<LiveFamily> select_live(Connection& connection, const std::string& site) {
  auto& rows = connection.prepared(
      "SELECT f.id, f.account, a.epoch FROM refresh_families f"
      " JOIN accounts a ON a.site = f.site AND a.id = f.account"
      " WHERE f.site = ?1 AND NOT a.is_disabled");
  with_values(rows, site);
  std::vector<LiveFamily> live;
  while (rows.executeStep()) {
    live.push_back({.id = rows.getColumn(0).getString(),
                    .account_id = rows.getColumn(1).getString(),
                    .epoch = static_cast<std::uint64_t>(rows.getColumn(2).getInt64())});
  }
  return live;
}

void insert(Connection& connection, const Family& family) {
  auto& row = connection.prepared("INSERT INTO refresh_families (site, " GATEHOUSE_FAMILY_COLUMNS
                                  ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
  row.bind(1, family.site);
  row.bind(2, family.id);
  row.bind(3, family.account_id);
  bind_blob(row, 4, family.sealed_secret);
  row.bind(5, static_cast<std::int64_t>(family.generation));
  row.bind(6, unix_ms(family.created_at));
  row.bind(7, unix_ms(family.refreshed_at));
  row.bind(8, family.client.user_agent);
  row.bind(9, family.client.network.to_string());
  row.exec();
}

Ids ids_in(SQLite::Statement& rows) {
  Ids ids;
  while (rows.executeStep()) ids.push_back(rows.getColumn(0).getString());
  return ids;
}

// Leaves room for one more.
Ids make_room(Connection& connection, const Family& family, std::uint32_t per_account) {
  auto& rows = connection.prepared(
      "DELETE FROM refresh_families WHERE site = ?1 AND id IN (SELECT id FROM refresh_families"
      " WHERE site = ?1 AND account = ?2 ORDER BY refreshed_at DESC, id DESC LIMIT -1 OFFSET ?3)"
      " RETURNING id");
  with_values(rows, family.site, family.account_id, std::int64_t{per_account} - 1);
  return ids_in(rows);
}

}  // namespace

async::Task<Result<Ids>> RefreshFamilies::add(async::Worker& home, Family family,
                                              std::uint64_t account_epoch,
                                              std::uint32_t per_account, audit::Event event) {
  auto run = [family = std::move(family), account_epoch, per_account,
              event = std::move(event)](Connection& connection) -> Result<Ids> {
    const auto account = select_account(connection, family.site, family.account_id);
    if (!account || account->is_disabled || account->epoch != account_epoch)
      return fail(ErrorCode::kConflict, "The account has changed. Sign in again.");
    auto ended = make_room(connection, family, per_account);
    insert(connection, family);
    append_audit(connection, event);
    return ended;
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::optional<FoundFamily>>> RefreshFamilies::find(async::Worker& home,
                                                                      std::string site,
                                                                      std::string id) {
  auto run = [site = std::move(site),
              id = std::move(id)](Connection& connection) -> Result<std::optional<FoundFamily>> {
    auto family = select(connection, site, id);
    if (!family) return std::nullopt;
    auto account = select_account(connection, site, family->account_id);
    if (!account || account->is_disabled) return std::nullopt;
    return FoundFamily{.family = std::move(*family), .account = std::move(*account)};
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<bool>> RefreshFamilies::advance(async::Worker& home, std::string site,
                                                   std::string id, std::uint64_t from,
                                                   TokenClient client, WallTime now) {
  auto run = [site = std::move(site), id = std::move(id), from, client = std::move(client),
              now](Connection& connection) -> Result<bool> {
    auto& row = connection.prepared(
        "UPDATE refresh_families SET generation = generation + 1, refreshed_at = ?4,"
        " user_agent = ?5, network = ?6 WHERE site = ?1 AND id = ?2 AND generation = ?3");
    with_values(row, site, id, static_cast<std::int64_t>(from), unix_ms(now), client.user_agent,
                client.network.to_string());
    return row.exec() > 0;
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<bool>> RefreshFamilies::end(async::Worker& home, std::string site,
                                               std::string id, audit::Event event) {
  auto run = [site = std::move(site), id = std::move(id),
              event = std::move(event)](Connection& connection) -> Result<bool> {
    auto& row = connection.prepared("DELETE FROM refresh_families WHERE site = ?1 AND id = ?2");
    if (with_values(row, site, id).exec() == 0) return false;
    append_audit(connection, event);
    return true;
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::vector<Family>>> RefreshFamilies::list(async::Worker& home,
                                                               std::string site,
                                                               std::string account_id) {
  auto run = [site = std::move(site), account_id = std::move(account_id)](
                 Connection& connection) -> Result<std::vector<Family>> {
    auto& rows = connection.prepared("SELECT " GATEHOUSE_FAMILY_COLUMNS
                                     " FROM refresh_families WHERE site = ?1 AND account = ?2"
                                     " ORDER BY created_at DESC, id DESC");
    with_values(rows, site, account_id);
    std::vector<Family> families;
    while (rows.executeStep()) families.push_back(family_in(rows, site));
    return families;
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<std::optional<std::vector<LiveFamily>>>> RefreshFamilies::load_changed(
    async::Worker& home, std::string site, bool is_asked_anyway) {
  auto run = [this, site = std::move(site), is_asked_anyway](
                 Connection& connection) -> Result<std::optional<std::vector<LiveFamily>>> {
    const bool has_changed = has_changed_elsewhere(connection, seen_version_);
    if (!has_changed && !is_asked_anyway) return std::nullopt;
    return select_live(connection, site);
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<Ids>> RefreshFamilies::remove_expired(async::Worker& home,
                                                         WallTime created_before,
                                                         WallTime refreshed_before) {
  auto run = [created_before, refreshed_before](Connection& connection) -> Result<Ids> {
    auto& rows = connection.prepared(
        "DELETE FROM refresh_families WHERE created_at < ?1 OR refreshed_at < ?2 RETURNING id");
    return ids_in(with_values(rows, unix_ms(created_before), unix_ms(refreshed_before)));
  };
  co_return co_await writer_.write(home, std::move(run));
}

}  // namespace gatehouse::store::sqlite
