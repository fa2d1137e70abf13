#include "account_rows.hpp"

namespace gatehouse::store::sqlite {
namespace {

using identity::Account;
using identity::Link;
using identity::LinkPurpose;

#define GATEHOUSE_ACCOUNT_COLUMNS \
  "id, name, role, password_hash, is_disabled, created_at, password_changed_at, epoch"

Account account_in(SQLite::Statement& row, const std::string& site) {
  return {.id = row.getColumn(0).getString(),
          .site = site,
          .name = row.getColumn(1).getString(),
          .role = identity::role_of(row.getColumn(2).getString()).value_or(Role::kMember),
          .password_hash = row.getColumn(3).getString(),
          .is_disabled = row.getColumn(4).getInt() != 0,
          .created_at = wall_time(row.getColumn(5)),
          .password_changed_at = wall_time(row.getColumn(6)),
          .epoch = static_cast<std::uint64_t>(row.getColumn(7).getInt64())};
}

std::string purpose_name(LinkPurpose purpose) {
  return purpose == LinkPurpose::kFirstOperator ? "first_operator" : "password";
}

}  // namespace

std::optional<Account> select_account(Connection& connection, const std::string& site,
                                      const std::string& id) {
  auto& row = connection.prepared("SELECT " GATEHOUSE_ACCOUNT_COLUMNS
                                  " FROM accounts WHERE site = ?1 AND id = ?2");
  if (!with_values(row, site, id).executeStep()) return std::nullopt;
  return account_in(row, site);
}

std::optional<Account> select_account_by_name(Connection& connection, const std::string& site,
                                              const std::string& name) {
  auto& row = connection.prepared("SELECT " GATEHOUSE_ACCOUNT_COLUMNS
                                  " FROM accounts WHERE site = ?1 AND name = ?2");
  if (!with_values(row, site, name).executeStep()) return std::nullopt;
  return account_in(row, site);
}

std::vector<Account> select_accounts(Connection& connection, const std::string& site) {
  auto& row = connection.prepared("SELECT " GATEHOUSE_ACCOUNT_COLUMNS
                                  " FROM accounts WHERE site = ?1 ORDER BY name");
  with_values(row, site);
  std::vector<Account> accounts;
  while (row.executeStep()) accounts.push_back(account_in(row, site));
  return accounts;
}

Result<void> insert_account(Connection& connection, const Account& account) {
  auto& row = connection.prepared(
      "INSERT INTO accounts (site, id, name, role, password_hash, is_disabled, created_at,"
      " password_changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING");
  with_values(row, account.site, account.id, account.name,
              std::string(identity::name_of(account.role)), account.password_hash,
              account.is_disabled ? 1 : 0, unix_ms(account.created_at),
              unix_ms(account.password_changed_at));
  if (row.exec() == 0) return fail(ErrorCode::kConflict, "There is an account of that name.");
  return {};
}

void end_sessions_of(Connection& connection, const std::string& site, const std::string& account) {
  auto& sessions =
      connection.prepared("DELETE FROM account_sessions WHERE site = ?1 AND account = ?2");
  with_values(sessions, site, account).exec();
  auto& families =
      connection.prepared("DELETE FROM refresh_families WHERE site = ?1 AND account = ?2");
  with_values(families, site, account).exec();
  auto& epoch =
      connection.prepared("UPDATE accounts SET epoch = epoch + 1 WHERE site = ?1 AND id = ?2");
  with_values(epoch, site, account).exec();
}

void insert_session(Connection& connection, const identity::AccountSession& session) {
  auto& row = connection.prepared(
      "INSERT INTO account_sessions (site, id, token_hash, account, created_at, seen_at,"
      " user_agent, network) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  row.bind(1, session.site);
  row.bind(2, session.id);
  bind_digest(row, 3, session.token_hash);
  row.bind(4, session.account_id);
  row.bind(5, unix_ms(session.created_at));
  row.bind(6, unix_ms(session.seen_at));
  row.bind(7, session.user_agent);
  row.bind(8, session.network.to_string());
  row.exec();
}

void delete_sessions(Connection& connection, const std::string& site,
                     const std::vector<std::string>& ids) {
  for (const auto& id : ids) {
    auto& row = connection.prepared("DELETE FROM account_sessions WHERE site = ?1 AND id = ?2");
    with_values(row, site, id).exec();
  }
}

std::optional<Link> select_link(Connection& connection, const std::string& site,
                                const crypto::Digest& token_hash, WallTime now) {
  auto& row = connection.prepared(
      "SELECT purpose, account, expires_at FROM account_links"
      " WHERE site = ?1 AND token_hash = ?2 AND expires_at > ?3");
  row.bind(1, site);
  bind_digest(row, 2, token_hash);
  row.bind(3, unix_ms(now));
  if (!row.executeStep()) return std::nullopt;
  const bool is_first = row.getColumn(0).getString() == purpose_name(LinkPurpose::kFirstOperator);
  return Link{.token_hash = token_hash,
              .site = site,
              .purpose = is_first ? LinkPurpose::kFirstOperator : LinkPurpose::kPassword,
              .account_id = row.getColumn(1).getString(),
              .expires_at = wall_time(row.getColumn(2))};
}

void insert_link(Connection& connection, const Link& link) {
  auto& row = connection.prepared(
      "INSERT OR REPLACE INTO account_links (site, token_hash, purpose, account, expires_at)"
      " VALUES (?1, ?2, ?3, ?4, ?5)");
  row.bind(1, link.site);
  bind_digest(row, 2, link.token_hash);
  row.bind(3, purpose_name(link.purpose));
  row.bind(4, link.account_id);
  row.bind(5, unix_ms(link.expires_at));
  row.exec();
}

}  // namespace gatehouse::store::sqlite
