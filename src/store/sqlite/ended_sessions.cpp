#include "gatehouse/store/sqlite/ended_sessions.hpp"

#include <utility>

namespace gatehouse::store::sqlite {

Result<std::vector<identity::EndedSessions::Entry>> EndedSessions::load_all(std::string site,
                                                                            WallTime now) {
  return writer_.write_and_wait([&](Connection& connection) -> Result<std::vector<Entry>> {
    auto& rows = connection.prepared(
        "SELECT session_id, expires_at FROM ended_sessions WHERE site = ?1 AND expires_at > ?2");
    with_values(rows, site, unix_ms(now));
    std::vector<Entry> entries;
    while (rows.executeStep()) {
      entries.push_back({.session_id = rows.getColumn(0).getString(),
                         .expires_at = wall_time(rows.getColumn(1))});
    }
    return entries;
  });
}

async::Task<Result<void>> EndedSessions::add(async::Worker& home, std::string site, Entry entry) {
  auto insert = [site = std::move(site),
                 entry = std::move(entry)](Connection& connection) -> Result<void> {
    auto& row = connection.prepared(
        "INSERT INTO ended_sessions (site, session_id, expires_at) VALUES (?1, ?2, ?3) "
        "ON CONFLICT DO UPDATE SET expires_at = MAX(expires_at, excluded.expires_at)");
    with_values(row, site, entry.session_id, unix_ms(entry.expires_at)).exec();
    return {};
  };
  co_return co_await writer_.write(home, std::move(insert));
}

async::Task<Result<std::uint64_t>> EndedSessions::remove_expired(async::Worker& home,
                                                                 WallTime now) {
  auto remove = [now](Connection& connection) -> Result<std::uint64_t> {
    auto& rows = connection.prepared("DELETE FROM ended_sessions WHERE expires_at <= ?1");
    return static_cast<std::uint64_t>(with_values(rows, unix_ms(now)).exec());
  };
  co_return co_await writer_.write(home, std::move(remove));
}

}  // namespace gatehouse::store::sqlite
