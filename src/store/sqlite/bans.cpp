#include "gatehouse/store/sqlite/bans.hpp"

#include <utility>

#include "changes_elsewhere.hpp"
namespace gatehouse::store::sqlite {
namespace {

using guard::Ban;

Result<void> insert(Connection& connection, const std::string& site, const Ban& ban) {
  auto& row = connection.prepared(
      "INSERT INTO bans (site, prefix, begins_at, expires_at, strikes, reason, is_by_operator) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET begins_at = "
      "excluded.begins_at,"
      " expires_at = excluded.expires_at, strikes = excluded.strikes, reason = excluded.reason,"
      " is_by_operator = excluded.is_by_operator");
  with_values(row, site, ban.prefix.to_string(), unix_ms(ban.begins_at), unix_ms(ban.expires_at),
              std::int64_t{ban.strikes}, ban.reason, ban.is_by_operator ? 1 : 0)
      .exec();
  return {};
}

Result<std::vector<Ban>> select(Connection& connection, const std::string& site) {
  auto& rows = connection.prepared(
      "SELECT prefix, begins_at, expires_at, strikes, reason, is_by_operator FROM bans "
      "WHERE site = ?1 ORDER BY expires_at DESC");
  with_values(rows, site);
  std::vector<Ban> bans;
  while (rows.executeStep()) {
    const auto prefix = IpPrefix::parse(rows.getColumn(0).getString());
    if (!prefix) continue;
    bans.push_back({.prefix = *prefix,
                    .begins_at = wall_time(rows.getColumn(1)),
                    .expires_at = wall_time(rows.getColumn(2)),
                    .strikes = rows.getColumn(3).getUInt(),
                    .reason = rows.getColumn(4).getString(),
                    .is_by_operator = rows.getColumn(5).getInt() != 0});
  }
  return bans;
}

}  // namespace

async::Task<Result<void>> Bans::put(async::Worker& home, std::string site, Ban ban) {
  auto run = [site = std::move(site), ban = std::move(ban)](Connection& connection) {
    return insert(connection, site, ban);
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::optional<std::vector<Ban>>>> Bans::load_changed(async::Worker& home,
                                                                        std::string site) {
  auto run = [this, site = std::move(site)](
                 Connection& connection) -> Result<std::optional<std::vector<Ban>>> {
    if (!has_changed_elsewhere(connection, seen_version_)) return std::nullopt;
    auto bans = select(connection, site);
    if (!bans) return std::unexpected(bans.error());
    return std::optional(std::move(*bans));
  };
  co_return co_await writer_.write(home, std::move(run));
}

Result<std::vector<Ban>> Bans::load_all_and_wait(std::string site) {
  return writer_.write_and_wait([&](Connection& connection) { return select(connection, site); });
}

Result<void> Bans::put_and_wait(std::string site, Ban ban) {
  return writer_.write_and_wait(
      [&](Connection& connection) { return insert(connection, site, ban); });
}

}  // namespace gatehouse::store::sqlite
