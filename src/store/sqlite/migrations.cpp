#include "gatehouse/store/sqlite/migrations.hpp"
#include "gatehouse/store/sqlite/connection.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

#include "gatehouse/store/sqlite/database.hpp"

namespace gatehouse::store::sqlite {
namespace {

std::uint32_t version_of(SQLite::Database& database) {
  return database.execAndGet("PRAGMA user_version").getUInt();
}

void apply(SQLite::Database& database, const Migration& migration) {
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  // Another process may have been quicker while this one waited for the lock.
  if (version_of(database) >= migration.version) return;
  database.exec(std::string(migration.sql));
  database.exec("PRAGMA user_version = " + std::to_string(migration.version));
  transaction.commit();
}

}  // namespace

Result<void> run_migrations(SQLite::Database& database, std::span<const Migration> migrations) {
  const auto newest = migrations.empty() ? 0 : migrations.back().version;
  const auto path = database.getFilename();
  try {
    const auto version = version_of(database);
    if (version > newest) {
      return fail(ErrorCode::kConflict, "The store was made by a newer Gatehouse.",
                  path + " has schema " + std::to_string(version) +
                      ", and this Gatehouse knows only " + std::to_string(newest) +
                      ". Start the newer Gatehouse, or restore a backup made before the upgrade.");
    }
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, "Reading the schema version of " + path));
  }
  for (const auto& migration : migrations) {
    try {
      if (version_of(database) < migration.version) apply(database, migration);
    } catch (const SQLite::Exception& exception) {
      return std::unexpected(error_of(exception, "Migration " + std::to_string(migration.version) +
                                                     " (" + std::string(migration.name) + ") of " +
                                                     path + " failed and was undone"));
    }
  }
  return {};
}

Result<SQLite::Database> open_expendable(const std::string& path, const DatabaseOptions& options,
                                         std::span<const Migration> migrations) {
  auto database = open_database(path, options);
  if (!database) return database;
  try {
    database->exec("PRAGMA synchronous = NORMAL");
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, path));
  }
  if (auto migrated = run_migrations(*database, migrations); !migrated)
    return std::unexpected(std::move(migrated.error()));
  return database;
}

}  // namespace gatehouse::store::sqlite
