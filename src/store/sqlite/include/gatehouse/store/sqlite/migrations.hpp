// Numbered, forward-only changes of a schema.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "gatehouse/base/error.hpp"
#include "gatehouse/store/sqlite/database.hpp"

namespace gatehouse::store::sqlite {

struct Migration {
  std::uint32_t version = 0;  // 1, 2, 3 … without gaps
  std::string_view name;      // what it does, for errors
  std::string_view sql;       // one or more statements; no transaction of its own
};

// Brings the database to the last of `migrations`, each in one transaction together with its number
// (user_version), so a crash leaves a schema whole. Refuses a database that a newer Gatehouse has
// changed, and leaves it as it is.
Result<void> run_migrations(SQLite::Database& database, std::span<const Migration> migrations);

// Opens and migrates a file of which a crash of the machine may take the newest, since a wait for
// the disk costs more than that.
Result<SQLite::Database> open_expendable(const std::string& path, const DatabaseOptions& options,
                                         std::span<const Migration> migrations);

}  // namespace gatehouse::store::sqlite
