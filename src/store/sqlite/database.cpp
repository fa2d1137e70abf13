#include "gatehouse/store/sqlite/database.hpp"
#include "gatehouse/store/sqlite/connection.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gatehouse::store::sqlite {
namespace {

constexpr int kBusyTimeoutMs = 5000;

bool is_damage(int code) { return code == SQLITE_CORRUPT || code == SQLITE_NOTADB; }

std::unexpected<Error> damaged(const std::string& path, const DatabaseOptions& options,
                               const std::string& detail) {
  return fail(
      ErrorCode::kInternal, "The store is damaged.",
      "The file " + path + " is damaged (" + detail + "). " + std::string(options.when_damaged));
}

// SQLite would make the file readable for everybody.
Result<void> make_file(const std::string& path) {
  constexpr mode_t kOwnerOnly = 0600;
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly);
  if (file < 0) {
    return fail(ErrorCode::kUnavailable, "The store can't be opened.",
                "Can't open " + path + ": " + std::strerror(errno) +
                    ". Gatehouse must be able to write there; GATEHOUSE_DATA_DIR sets the folder.");
  }
  ::close(file);
  return {};
}

}  // namespace

Result<SQLite::Database> open_database(const std::string& path, const DatabaseOptions& options) {
  if (!options.is_read_only) {
    auto made = make_file(path);
    if (!made) return std::unexpected(std::move(made.error()));
  }
  try {
    const int mode = options.is_read_only ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE;
    SQLite::Database database(path, mode | SQLite::OPEN_NOMUTEX, kBusyTimeoutMs);
    database.exec("PRAGMA foreign_keys = ON");
    database.exec("PRAGMA trusted_schema = OFF");
    if (options.is_read_only) return database;
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    if (!options.is_checked) return database;
    const auto check = database.execAndGet("PRAGMA quick_check(1)").getString();
    if (check != "ok") return damaged(path, options, check);
    return database;
  } catch (const SQLite::Exception& exception) {
    if (is_damage(exception.getErrorCode())) return damaged(path, options, exception.what());
    return std::unexpected(error_of(exception, "Opening " + path));
  }
}

}  // namespace gatehouse::store::sqlite
