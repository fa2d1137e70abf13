#include "gatehouse/store/sqlite/identities.hpp"

#include <algorithm>
#include <utility>

#include "account_rows.hpp"
#include "audit_records.hpp"

namespace gatehouse::store::sqlite {
namespace {

using identity::Account;
using identity::openid::FoundIdentity;
using identity::openid::Identity;
using identity::openid::LoggedOut;
using identity::openid::ProviderLogout;
using identity::openid::SessionOfProvider;

#define GATEHOUSE_IDENTITY_COLUMNS \
  "id, account, provider, issuer, subject, email, linked_at, last_used_at"

Identity identity_in(SQLite::Statement& row, const std::string& site) {
  return {.id = row.getColumn(0).getString(),
          .site = site,
          .account_id = row.getColumn(1).getString(),
          .provider = row.getColumn(2).getString(),
          .issuer = row.getColumn(3).getString(),
          .subject = row.getColumn(4).getString(),
          .email = row.getColumn(5).getString(),
          .linked_at = wall_time(row.getColumn(6)),
          .last_used_at = wall_time(row.getColumn(7))};
}

std::optional<Identity> select(Connection& connection, const std::string& site,
                               const std::string& issuer, const std::string& subject) {
  auto& row = connection.prepared("SELECT " GATEHOUSE_IDENTITY_COLUMNS
                                  " FROM identities"
                                  " WHERE site = ?1 AND issuer = ?2 AND subject = ?3");
  if (!with_values(row, site, issuer, subject).executeStep()) return std::nullopt;
  return identity_in(row, site);
}

std::vector<Identity> select_of_account(Connection& connection, const std::string& site,
                                        const std::string& account) {
  auto& row = connection.prepared("SELECT " GATEHOUSE_IDENTITY_COLUMNS
                                  " FROM identities WHERE site = ?1 AND account = ?2 ORDER BY id");
  with_values(row, site, account);
  std::vector<Identity> identities;
  while (row.executeStep()) identities.push_back(identity_in(row, site));
  return identities;
}

Result<void> insert(Connection& connection, const Identity& identity) {
  auto& row = connection.prepared(
      "INSERT INTO identities (site, issuer, subject, id, account, provider, email, linked_at,"
      " last_used_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
      " ON CONFLICT (site, issuer, subject) DO NOTHING");
  with_values(row, identity.site, identity.issuer, identity.subject, identity.id,
              identity.account_id, identity.provider, identity.email, unix_ms(identity.linked_at),
              unix_ms(identity.last_used_at));
  if (row.exec() == 0)
    return fail(ErrorCode::kConflict, "That sign-in belongs to an account already.");
  return {};
}

// Of the ids in the first column.
std::vector<std::string> ids_of(SQLite::Statement& rows) {
  std::vector<std::string> ids;
  while (rows.executeStep()) ids.push_back(rows.getColumn(0).getString());
  return ids;
}

// Those of the `sid`, else of all sessions of the subject.
std::vector<std::string> sessions_of(Connection& connection, const ProviderLogout& logout) {
  auto& rows = connection.prepared(
      "SELECT p.session FROM provider_sessions p"
      " JOIN identities i ON i.site = p.site AND i.id = p.identity"
      " WHERE p.site = ?1 AND i.issuer = ?2 AND (?3 = '' OR i.subject = ?3)"
      " AND (?4 = '' OR p.provider_session = ?4)");
  return ids_of(with_values(rows, logout.site, logout.issuer, logout.subject, logout.session_id));
}

// Empty: nobody's.
std::string account_of(Connection& connection, const ProviderLogout& logout) {
  if (!logout.subject.empty()) {
    const auto found = select(connection, logout.site, logout.issuer, logout.subject);
    return found ? found->account_id : std::string();
  }
  auto& row = connection.prepared(
      "SELECT i.account FROM provider_sessions p"
      " JOIN identities i ON i.site = p.site AND i.id = p.identity"
      " WHERE p.site = ?1 AND i.issuer = ?2 AND p.provider_session = ?3");
  if (!with_values(row, logout.site, logout.issuer, logout.session_id).executeStep()) return {};
  return row.getColumn(0).getString();
}

// False where the token was used before.
bool use_token(Connection& connection, const ProviderLogout& logout) {
  auto& old = connection.prepared("DELETE FROM used_logout_tokens WHERE expires_at <= ?1");
  with_values(old, unix_ms(logout.now)).exec();
  auto& row = connection.prepared(
      "INSERT INTO used_logout_tokens (site, issuer, token, expires_at) VALUES (?1, ?2, ?3, ?4)"
      " ON CONFLICT DO NOTHING");
  with_values(row, logout.site, logout.issuer, logout.token_id, unix_ms(logout.expires_at));
  return row.exec() > 0;
}

Result<LoggedOut> end(Connection& connection, const ProviderLogout& logout, audit::Event event) {
  if (!use_token(connection, logout))
    return fail(ErrorCode::kConflict, "That logout token was used already.", "used_before");
  LoggedOut ended{.account_id = account_of(connection, logout),
                  .sessions = sessions_of(connection, logout),
                  .families = {}};
  if (!ended.account_id.empty()) {
    auto& rows =
        connection.prepared("SELECT id FROM refresh_families WHERE site = ?1 AND account = ?2");
    ended.families = ids_of(with_values(rows, logout.site, ended.account_id));
    auto& families =
        connection.prepared("DELETE FROM refresh_families WHERE site = ?1 AND account = ?2");
    with_values(families, logout.site, ended.account_id).exec();
    event.subject = "account:" + ended.account_id;
  }
  delete_sessions(connection, logout.site, ended.sessions);
  event.detail += " sessions:" + std::to_string(ended.sessions.size());
  append_audit(connection, event);
  return ended;
}

Result<void> remove(Connection& connection, const std::string& site, const std::string& account_id,
                    const std::string& id) {
  const auto account = select_account(connection, site, account_id);
  const auto all = select_of_account(connection, site, account_id);
  if (!account || std::ranges::find(all, id, &Identity::id) == all.end())
    return fail(ErrorCode::kNotFound, "There is no such sign-in.");
  if (account->password_hash.empty() && all.size() == 1) {
    return fail(ErrorCode::kConflict,
                "Nothing would be left to sign in with. Link another sign-in first.");
  }
  auto& row =
      connection.prepared("DELETE FROM identities WHERE site = ?1 AND account = ?2 AND id = ?3");
  with_values(row, site, account_id, id).exec();
  return {};
}

Result<void> begin(Connection& connection, const identity::AccountSession& session,
                   const std::vector<std::string>& ended, const SessionOfProvider& from) {
  auto& used = connection.prepared(
      "UPDATE identities SET last_used_at = ?4, email = iif(?5 = '', email, ?5)"
      " WHERE site = ?1 AND id = ?2 AND account = ?3");
  with_values(used, session.site, from.identity_id, session.account_id, unix_ms(session.created_at),
              from.email);
  if (used.exec() == 0) return fail(ErrorCode::kNotFound, "That sign-in was removed.");
  delete_sessions(connection, session.site, ended);
  insert_session(connection, session);
  auto& row = connection.prepared(
      "INSERT INTO provider_sessions (site, session, identity, provider_session)"
      " VALUES (?1, ?2, ?3, ?4)");
  with_values(row, session.site, session.id, from.identity_id, from.session_id).exec();
  return {};
}

}  // namespace

async::Task<Result<std::optional<FoundIdentity>>> Identities::find(async::Worker& home,
                                                                   std::string site,
                                                                   std::string issuer,
                                                                   std::string subject) {
  auto run = [site = std::move(site), issuer = std::move(issuer), subject = std::move(subject)](
                 Connection& connection) -> Result<std::optional<FoundIdentity>> {
    auto found = select(connection, site, issuer, subject);
    if (!found) return std::nullopt;
    auto account = select_account(connection, site, found->account_id);
    if (!account) return std::nullopt;
    return FoundIdentity{.identity = std::move(*found), .account = std::move(*account)};
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<std::vector<Identity>>> Identities::list(async::Worker& home, std::string site,
                                                            std::string account_id) {
  auto run = [site = std::move(site), account_id = std::move(account_id)](
                 Connection& connection) -> Result<std::vector<Identity>> {
    return select_of_account(connection, site, account_id);
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<void>> Identities::link(async::Worker& home, Identity identity,
                                           audit::Event event) {
  auto run = [identity = std::move(identity),
              event = std::move(event)](Connection& connection) -> Result<void> {
    if (!select_account(connection, identity.site, identity.account_id))
      return fail(ErrorCode::kNotFound, "There is no such account.");
    const auto linked = select_of_account(connection, identity.site, identity.account_id);
    if (linked.size() >= Identity::kMostPerAccount) {
      return fail(ErrorCode::kConflict,
                  "This account has as many sign-ins as it may. Remove one first.");
    }
    if (auto added = insert(connection, identity); !added) return added;
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> Identities::add_account(async::Worker& home, Account account,
                                                  Identity identity, audit::Event event) {
  auto run = [account = std::move(account), identity = std::move(identity),
              event = std::move(event)](Connection& connection) -> Result<void> {
    if (auto added = insert_account(connection, account); !added) return added;
    if (auto added = insert(connection, identity); !added) return added;
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> Identities::unlink(async::Worker& home, std::string site,
                                             std::string account_id, std::string id,
                                             audit::Event event) {
  auto run = [site = std::move(site), account_id = std::move(account_id), id = std::move(id),
              event = std::move(event)](Connection& connection) -> Result<void> {
    if (auto removed = remove(connection, site, account_id, id); !removed) return removed;
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> Identities::begin_session(async::Worker& home,
                                                    identity::AccountSession session,
                                                    std::vector<std::string> ended,
                                                    SessionOfProvider from, audit::Event event) {
  auto run = [session = std::move(session), ended = std::move(ended), from = std::move(from),
              event = std::move(event)](Connection& connection) -> Result<void> {
    if (auto begun = begin(connection, session, ended, from); !begun) return begun;
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::optional<std::string>>> Identities::provider_of(async::Worker& home,
                                                                        std::string site,
                                                                        std::string session_id) {
  auto run = [site = std::move(site), session_id = std::move(session_id)](
                 Connection& connection) -> Result<std::optional<std::string>> {
    auto& row = connection.prepared(
        "SELECT i.provider FROM provider_sessions p"
        " JOIN identities i ON i.site = p.site AND i.id = p.identity"
        " WHERE p.site = ?1 AND p.session = ?2");
    if (!with_values(row, site, session_id).executeStep()) return std::nullopt;
    return row.getColumn(0).getString();
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<LoggedOut>> Identities::log_out(async::Worker& home, ProviderLogout logout,
                                                   audit::Event event) {
  auto run = [logout = std::move(logout),
              event = std::move(event)](Connection& connection) -> Result<LoggedOut> {
    return end(connection, logout, event);
  };
  co_return co_await writer_.write(home, std::move(run));
}

}  // namespace gatehouse::store::sqlite
