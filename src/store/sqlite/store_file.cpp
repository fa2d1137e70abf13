#include "gatehouse/store/sqlite/store_file.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "gatehouse/store/sqlite/connection.hpp"
#include "gatehouse/store/sqlite/database.hpp"
#include "gatehouse/store/sqlite/migrations.hpp"

namespace gatehouse::store::sqlite {
namespace {

// Messages hang on a number rather than on (site, id), which keeps their indexes small. `sequence`
// of a message grows within its conversation and is its order.
constexpr std::array kMigrations = {
    Migration{.version = 1, .name = "conversations and ended sessions", .sql = R"(
CREATE TABLE conversations (
  sequence INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  owner TEXT NOT NULL,
  title TEXT NOT NULL,
  messages INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  UNIQUE (site, id)
) STRICT;
CREATE INDEX conversations_by_owner ON conversations (site, owner, updated_at, id);
CREATE INDEX conversations_by_expiry ON conversations (expires_at);

CREATE TABLE messages (
  sequence INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  conversation INTEGER NOT NULL REFERENCES conversations (sequence) ON DELETE CASCADE,
  id TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  reply_id TEXT NOT NULL,
  text TEXT NOT NULL,
  status TEXT NOT NULL,
  finish_reason TEXT NOT NULL,
  citations TEXT NOT NULL,
  usage TEXT NOT NULL DEFAULT '',
  tags TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (conversation, id)
) STRICT;
CREATE INDEX messages_by_conversation ON messages (conversation, sequence);
CREATE INDEX messages_streaming ON messages (conversation) WHERE status = 'streaming';

CREATE TABLE ended_sessions (
  site TEXT NOT NULL,
  session_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (site, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_sessions_by_expiry ON ended_sessions (expires_at);
)"},
    Migration{.version = 2, .name = "bans", .sql = R"(
CREATE TABLE bans (
  site TEXT NOT NULL,
  prefix TEXT NOT NULL,
  begins_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  strikes INTEGER NOT NULL,
  reason TEXT NOT NULL,
  is_by_operator INTEGER NOT NULL,
  PRIMARY KEY (site, prefix)
) STRICT, WITHOUT ROWID;
)"},
    Migration{.version = 3, .name = "accounts and the audit log", .sql = R"(
CREATE TABLE accounts (
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('member', 'analyst', 'operator')),
  password_hash TEXT NOT NULL,
  is_disabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  password_changed_at INTEGER NOT NULL,
  PRIMARY KEY (site, id),
  UNIQUE (site, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_sessions (
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  token_hash BLOB NOT NULL,
  account TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  user_agent TEXT NOT NULL,
  network TEXT NOT NULL,
  PRIMARY KEY (site, id),
  FOREIGN KEY (site, account) REFERENCES accounts (site, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX account_sessions_by_account ON account_sessions (site, account);

CREATE TABLE account_links (
  site TEXT NOT NULL,
  token_hash BLOB NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('first_operator', 'password')),
  account TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (site, token_hash),
  UNIQUE (site, purpose, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  site TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  actor TEXT NOT NULL,
  subject TEXT NOT NULL,
  client TEXT NOT NULL,
  request_id TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
  detail TEXT NOT NULL,
  previous BLOB NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (site, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_time ON audit (site, at);

CREATE TABLE audit_checkpoints (
  site TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  digest BLOB NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (site, sequence)
) STRICT, WITHOUT ROWID;
)"},
    Migration{.version = 4, .name = "second factors", .sql = R"(
CREATE TABLE second_factors (
  site TEXT NOT NULL,
  account TEXT NOT NULL,
  sealed_key BLOB NOT NULL,
  is_confirmed INTEGER NOT NULL,
  last_step INTEGER NOT NULL,
  PRIMARY KEY (site, account),
  FOREIGN KEY (site, account) REFERENCES accounts (site, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
  site TEXT NOT NULL,
  account TEXT NOT NULL,
  code_hash BLOB NOT NULL,
  PRIMARY KEY (site, account, code_hash),
  FOREIGN KEY (site, account) REFERENCES accounts (site, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
)"},
    Migration{.version = 5, .name = "API keys", .sql = R"(
CREATE TABLE api_keys (
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  key_hash BLOB NOT NULL,
  account TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  used_at INTEGER,
  requests_per_minute INTEGER NOT NULL,
  tokens_per_day INTEGER NOT NULL,
  PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;
)"},
    Migration{.version = 6, .name = "tokens", .sql = R"(
ALTER TABLE accounts ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1;

CREATE TABLE token_keys (
  site TEXT NOT NULL,
  kid TEXT NOT NULL,
  algorithm TEXT NOT NULL CHECK (algorithm IN ('HS256', 'EdDSA')),
  sealed_secret BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  accepted_until INTEGER,
  PRIMARY KEY (site, kid)
) STRICT, WITHOUT ROWID;

CREATE TABLE refresh_families (
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  account TEXT NOT NULL,
  sealed_secret BLOB NOT NULL,
  generation INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  refreshed_at INTEGER NOT NULL,
  user_agent TEXT NOT NULL,
  network TEXT NOT NULL,
  PRIMARY KEY (site, id),
  FOREIGN KEY (site, account) REFERENCES accounts (site, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_families_by_account ON refresh_families (site, account);
)"},
    Migration{.version = 7, .name = "sign-in by other providers", .sql = R"(
CREATE TABLE identities (
  site TEXT NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  id TEXT NOT NULL,
  account TEXT NOT NULL,
  provider TEXT NOT NULL,
  email TEXT NOT NULL,
  linked_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  PRIMARY KEY (site, issuer, subject),
  UNIQUE (site, id),
  FOREIGN KEY (site, account) REFERENCES accounts (site, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_by_account ON identities (site, account);

CREATE TABLE provider_sessions (
  site TEXT NOT NULL,
  session TEXT NOT NULL,
  identity TEXT NOT NULL,
  provider_session TEXT NOT NULL,
  PRIMARY KEY (site, session),
  FOREIGN KEY (site, session) REFERENCES account_sessions (site, id) ON DELETE CASCADE,
  FOREIGN KEY (site, identity) REFERENCES identities (site, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_sessions_by_identity ON provider_sessions (site, identity);
CREATE INDEX provider_sessions_by_name ON provider_sessions (site, provider_session);

CREATE TABLE used_logout_tokens (
  site TEXT NOT NULL,
  issuer TEXT NOT NULL,
  token TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (site, issuer, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_logout_tokens_by_expiry ON used_logout_tokens (expires_at);
)"},
    Migration{.version = 8, .name = "sealed texts", .sql = R"(
ALTER TABLE conversations ADD COLUMN sealed_title BLOB;
ALTER TABLE messages ADD COLUMN sealed BLOB;
)"},
    Migration{.version = 9, .name = "money of API keys", .sql = R"(
ALTER TABLE api_keys ADD COLUMN money_micros_per_day INTEGER NOT NULL DEFAULT 0;
)"},
    Migration{.version = 10, .name = "jobs", .sql = R"(
CREATE TABLE jobs (
  sequence INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  queue TEXT NOT NULL,
  kind TEXT NOT NULL,
  priority INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'dead', 'cancelled')),
  owner TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL,
  fence INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  lease_until INTEGER,
  started_at INTEGER,
  ended_at INTEGER,
  is_cancel_asked INTEGER NOT NULL DEFAULT 0,
  percent INTEGER NOT NULL DEFAULT 0,
  message TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  result BLOB NOT NULL DEFAULT x''
) STRICT;
CREATE INDEX jobs_waiting ON jobs (queue, priority, run_at, sequence, kind)
  WHERE state = 'waiting';
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_ended ON jobs (state, ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE job_payloads (
  job INTEGER PRIMARY KEY REFERENCES jobs (sequence) ON DELETE CASCADE,
  payload BLOB NOT NULL
) STRICT;

CREATE TABLE job_keys (
  site TEXT NOT NULL,
  queue TEXT NOT NULL,
  key TEXT NOT NULL,
  job TEXT NOT NULL,
  kept_until INTEGER NOT NULL,
  PRIMARY KEY (site, queue, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_keys_by_end ON job_keys (kept_until);

CREATE TABLE job_totals (
  site TEXT NOT NULL,
  queue TEXT NOT NULL,
  done INTEGER NOT NULL DEFAULT 0,
  retried INTEGER NOT NULL DEFAULT 0,
  dead INTEGER NOT NULL DEFAULT 0,
  run_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (site, queue)
) STRICT, WITHOUT ROWID;
)"},
};

constexpr std::string_view kWhenDamaged =
    "It holds conversations, accounts, jobs and the audit log: stop Gatehouse, keep a copy of the "
    "file "
    "for "
    "`sqlite3 FILE .recover`, and restore a backup.";

}  // namespace

Result<StoreFile> open_store_file(const std::string& path, const StoreFileOptions& options) {
  auto database = open_database(path, {.is_read_only = false, .when_damaged = kWhenDamaged});
  if (!database) return std::unexpected(std::move(database.error()));
  try {
    database->exec("PRAGMA secure_delete = ON");  // what is removed or sealed leaves no traces
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, path));
  }
  auto migrated = run_migrations(*database, kMigrations);
  if (!migrated) return std::unexpected(std::move(migrated.error()));
  std::vector<SQLite::Database> for_reading;
  for (unsigned i = 0; i < std::max(options.readers, 1U); ++i) {
    auto reading = open_database(path, {.is_read_only = true, .when_damaged = kWhenDamaged});
    if (!reading) return std::unexpected(std::move(reading.error()));
    for_reading.push_back(std::move(*reading));
  }
  return StoreFile{
      .writer = std::make_unique<Writer>(std::move(*database), options.queue_limit),
      .readers = std::make_unique<Readers>(std::move(for_reading), options.queue_limit)};
}

}  // namespace gatehouse::store::sqlite
