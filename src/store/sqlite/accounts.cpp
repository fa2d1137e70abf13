#include "gatehouse/store/sqlite/accounts.hpp"

#include <algorithm>
#include <utility>

#include "account_rows.hpp"
#include "audit_records.hpp"

namespace gatehouse::store::sqlite {
namespace {

using identity::Account;
using identity::Link;
using identity::LinkUse;

std::unexpected<Error> no_account() {
  return fail(ErrorCode::kNotFound, "There is no such account.");
}

// Runs `statement` with the account's site and id as ?1 and ?2 and `value` as ?3, ends its sessions
// and writes the record.
template <typename Value>
Result<void> change(Connection& connection, const char* statement, const Account& account,
                    const Value& value, const audit::Event& event) {
  auto& row = connection.prepared(statement);
  if (with_values(row, account.site, account.id, value).exec() == 0) return no_account();
  end_sessions_of(connection, account.site, account.id);
  append_audit(connection, event);
  return {};
}

Result<void> write_password(Connection& connection, const Account& account) {
  auto& row = connection.prepared(
      "UPDATE accounts SET password_hash = ?3, password_changed_at = ?4"
      " WHERE site = ?1 AND id = ?2");
  with_values(row, account.site, account.id, account.password_hash,
              unix_ms(account.password_changed_at));
  if (row.exec() == 0) return no_account();
  end_sessions_of(connection, account.site, account.id);
  return {};
}

bool is_only_operator(Connection& connection, const Account& account) {
  const auto can_look_after_others = [](const Account& each) {
    return each.role == Role::kOperator && !each.is_disabled && !each.password_hash.empty();
  };
  const auto others = select_accounts(connection, account.site);
  return account.role == Role::kOperator && std::ranges::none_of(others, [&](const Account& each) {
           return each.id != account.id && can_look_after_others(each);
         });
}

Result<Account> use(Connection& connection, const LinkUse& use, const audit::Event& event) {
  const auto link = select_link(connection, use.site, use.token_hash, use.now);
  if (!link) {
    return fail(ErrorCode::kGone, "This link has been used or has expired. Ask for another one.");
  }
  auto& used = connection.prepared("DELETE FROM account_links WHERE site = ?1 AND token_hash = ?2");
  used.bind(1, use.site);
  bind_digest(used, 2, use.token_hash);
  used.exec();
  if (link->purpose == identity::LinkPurpose::kFirstOperator) {
    if (!use.new_account) return no_account();
    if (auto added = insert_account(connection, *use.new_account); !added)
      return std::unexpected(added.error());
    append_audit(connection, event);
    return *use.new_account;
  }
  auto account = select_account(connection, use.site, link->account_id);
  if (!account || account->is_disabled) return no_account();
  account->password_hash = use.password_hash;
  account->password_changed_at = use.now;
  if (auto written = write_password(connection, *account); !written)
    return std::unexpected(written.error());
  account->epoch += 1;
  append_audit(connection, event);
  return std::move(*account);
}

}  // namespace

async::Task<Result<std::optional<Account>>> Accounts::find_by_name(async::Worker& home,
                                                                   std::string site,
                                                                   std::string name) {
  auto run = [site = std::move(site),
              name = std::move(name)](Connection& connection) -> Result<std::optional<Account>> {
    return select_account_by_name(connection, site, name);
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<std::optional<Account>>> Accounts::find(async::Worker& home, std::string site,
                                                           std::string id) {
  auto run = [site = std::move(site),
              id = std::move(id)](Connection& connection) -> Result<std::optional<Account>> {
    return select_account(connection, site, id);
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<std::vector<Account>>> Accounts::list(async::Worker& home, std::string site) {
  auto run = [site = std::move(site)](Connection& connection) -> Result<std::vector<Account>> {
    return select_accounts(connection, site);
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<void>> Accounts::add(async::Worker& home, Account account, audit::Event event) {
  auto run = [account = std::move(account),
              event = std::move(event)](Connection& connection) -> Result<void> {
    if (auto added = insert_account(connection, account); !added) return added;
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> Accounts::set_password(async::Worker& home, Account changed,
                                                 audit::Event event) {
  auto run = [changed = std::move(changed),
              event = std::move(event)](Connection& connection) -> Result<void> {
    if (auto written = write_password(connection, changed); !written) return written;
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> Accounts::set_disabled(async::Worker& home, Account changed,
                                                 audit::Event event) {
  auto run = [changed = std::move(changed), event = std::move(event)](Connection& connection) {
    return change(connection, "UPDATE accounts SET is_disabled = ?3 WHERE site = ?1 AND id = ?2",
                  changed, changed.is_disabled ? 1 : 0, event);
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> Accounts::set_role(async::Worker& home, Account changed,
                                             audit::Event event) {
  auto run = [changed = std::move(changed), event = std::move(event)](Connection& connection) {
    return change(connection, "UPDATE accounts SET role = ?3 WHERE site = ?1 AND id = ?2", changed,
                  std::string(identity::name_of(changed.role)), event);
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> Accounts::erase(async::Worker& home, Account account,
                                          audit::Event event) {
  auto run = [account = std::move(account),
              event = std::move(event)](Connection& connection) -> Result<void> {
    if (is_only_operator(connection, account)) {
      return fail(ErrorCode::kConflict,
                  "This is the only operator who can sign in. Make another one first.");
    }
    for (const char* statement : {"DELETE FROM api_keys WHERE site = ?1 AND account = ?2",
                                  "DELETE FROM account_links WHERE site = ?1 AND account = ?2"}) {
      with_values(connection.prepared(statement), account.site, account.id).exec();
    }
    auto& row = connection.prepared("DELETE FROM accounts WHERE site = ?1 AND id = ?2");
    if (with_values(row, account.site, account.id).exec() == 0) return no_account();
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> Accounts::add_link(async::Worker& home, Link link, audit::Event event) {
  auto run = [link, event = std::move(event)](Connection& connection) -> Result<void> {
    insert_link(connection, link);
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::optional<Link>>> Accounts::find_link(async::Worker& home, std::string site,
                                                             crypto::Digest token_hash,
                                                             WallTime now) {
  auto run = [site = std::move(site), token_hash,
              now](Connection& connection) -> Result<std::optional<Link>> {
    return select_link(connection, site, token_hash, now);
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<Account>> Accounts::use_link(async::Worker& home, LinkUse use,
                                                audit::Event event) {
  auto run = [use = std::move(use), event = std::move(event)](Connection& connection) {
    return sqlite::use(connection, use, event);
  };
  co_return co_await writer_.write(home, std::move(run));
}

}  // namespace gatehouse::store::sqlite
