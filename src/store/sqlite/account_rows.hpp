// Accounts, their links and sessions as rows. All may throw what SQLite throws.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "blobs.hpp"
#include "gatehouse/identity/account_sessions.hpp"
#include "gatehouse/identity/accounts.hpp"
#include "gatehouse/store/sqlite/connection.hpp"

namespace gatehouse::store::sqlite {

std::optional<identity::Account> select_account(Connection& connection, const std::string& site,
                                                const std::string& id);
std::optional<identity::Account> select_account_by_name(Connection& connection,
                                                        const std::string& site,
                                                        const std::string& name);
std::vector<identity::Account> select_accounts(Connection& connection, const std::string& site);
// kConflict where the name is taken.
Result<void> insert_account(Connection& connection, const identity::Account& account);
// With all tokens: its refresh families end, and its epoch rises.
void end_sessions_of(Connection& connection, const std::string& site, const std::string& account);

void insert_session(Connection& connection, const identity::AccountSession& session);
void delete_sessions(Connection& connection, const std::string& site,
                     const std::vector<std::string>& ids);

std::optional<identity::Link> select_link(Connection& connection, const std::string& site,
                                          const crypto::Digest& token_hash, WallTime now);
// Takes the place of the one before, for the same purpose and account.
void insert_link(Connection& connection, const identity::Link& link);

}  // namespace gatehouse::store::sqlite
