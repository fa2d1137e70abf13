#include "gatehouse/store/sqlite/account_sessions.hpp"

#include <utility>

#include "account_rows.hpp"
#include "audit_records.hpp"
#include "blobs.hpp"
#include "changes_elsewhere.hpp"

namespace gatehouse::store::sqlite {
namespace {

using Session = identity::AccountSession;

std::vector<Session> select(Connection& connection, const std::string& site) {
  auto& rows = connection.prepared(
      "SELECT s.id, s.token_hash, s.account, a.name, a.role, s.created_at, s.seen_at,"
      " s.user_agent, s.network FROM account_sessions s"
      " JOIN accounts a ON a.site = s.site AND a.id = s.account"
      " WHERE s.site = ?1 AND NOT a.is_disabled");
  with_values(rows, site);
  std::vector<Session> sessions;
  while (rows.executeStep()) {
    sessions.push_back(
        {.id = rows.getColumn(0).getString(),
         .token_hash = digest_in(rows.getColumn(1)),
         .site = site,
         .account_id = rows.getColumn(2).getString(),
         .account_name = rows.getColumn(3).getString(),
         .role = identity::role_of(rows.getColumn(4).getString()).value_or(Role::kMember),
         .created_at = wall_time(rows.getColumn(5)),
         .seen_at = wall_time(rows.getColumn(6)),
         .user_agent = rows.getColumn(7).getString(),
         .network = IpPrefix::parse(rows.getColumn(8).getString()).value_or(IpPrefix())});
  }
  return sessions;
}

}  // namespace

async::Task<Result<void>> AccountSessions::add(async::Worker& home, Session session,
                                               std::vector<std::string> ended, audit::Event event) {
  auto run = [session = std::move(session), ended = std::move(ended),
              event = std::move(event)](Connection& connection) -> Result<void> {
    delete_sessions(connection, session.site, ended);
    insert_session(connection, session);
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> AccountSessions::end(async::Worker& home, std::string site,
                                               std::vector<std::string> ids, audit::Event event) {
  auto run = [site = std::move(site), ids = std::move(ids),
              event = std::move(event)](Connection& connection) -> Result<void> {
    delete_sessions(connection, site, ids);
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::uint64_t>> AccountSessions::end_all(async::Worker& home, std::string site,
                                                            std::optional<std::string> account_id,
                                                            audit::Event event) {
  auto run = [site = std::move(site), account_id = std::move(account_id),
              event = std::move(event)](Connection& connection) -> Result<std::uint64_t> {
    auto& rows = connection.prepared(
        "DELETE FROM account_sessions WHERE site = ?1 AND (?2 = '' OR account = ?2)");
    const int ended = with_values(rows, site, account_id.value_or("")).exec();
    auto& families = connection.prepared(
        "DELETE FROM refresh_families WHERE site = ?1 AND (?2 = '' OR account = ?2)");
    with_values(families, site, account_id.value_or("")).exec();
    append_audit(connection, event);
    return static_cast<std::uint64_t>(ended);
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> AccountSessions::note_seen(async::Worker& home, std::string site,
                                                     std::vector<identity::SeenSession> seen) {
  auto run = [site = std::move(site),
              seen = std::move(seen)](Connection& connection) -> Result<void> {
    for (const auto& each : seen) {
      auto& row = connection.prepared(
          "UPDATE account_sessions SET seen_at = MAX(seen_at, ?3) WHERE site = ?1 AND id = ?2");
      with_values(row, site, each.id, unix_ms(each.at)).exec();
    }
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::optional<std::vector<Session>>>> AccountSessions::load_changed(
    async::Worker& home, std::string site, bool is_asked_anyway) {
  auto run = [this, site = std::move(site), is_asked_anyway](
                 Connection& connection) -> Result<std::optional<std::vector<Session>>> {
    const bool has_changed = has_changed_elsewhere(connection, seen_version_);
    if (!has_changed && !is_asked_anyway) return std::nullopt;
    return select(connection, site);
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::uint64_t>> AccountSessions::remove_expired(async::Worker& home,
                                                                   WallTime created_before,
                                                                   WallTime seen_before) {
  auto run = [created_before, seen_before](Connection& connection) -> Result<std::uint64_t> {
    auto& rows =
        connection.prepared("DELETE FROM account_sessions WHERE created_at < ?1 OR seen_at < ?2");
    return static_cast<std::uint64_t>(
        with_values(rows, unix_ms(created_before), unix_ms(seen_before)).exec());
  };
  co_return co_await writer_.write(home, std::move(run));
}

Result<std::vector<Session>> AccountSessions::load_all_and_wait(const std::string& site) {
  return writer_.write_and_wait([&](Connection& connection) -> Result<std::vector<Session>> {
    return select(connection, site);
  });
}

}  // namespace gatehouse::store::sqlite
