#include "gatehouse/store/sqlite/connection.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <string>

namespace gatehouse::store::sqlite {
namespace {

// What an operator does about it. Empty: no weather and no wear, but a bug of ours.
std::string_view advice_for(int primary_code) {
  switch (primary_code) {
    case SQLITE_FULL:
      return "the disk or the file's size limit is full: free space on its file system";
    case SQLITE_IOERR:
      return "the disk failed to read or write: look into the kernel's log, check the disk and "
             "keep the last backup";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return "the file or its folder can't be written: check their owner, their permissions and "
             "that the file system isn't mounted read-only";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process holds the file: only one Gatehouse may use a data folder";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the file is damaged: stop Gatehouse, keep a copy of the file and restore a backup";
    case SQLITE_NOMEM:
      return "the machine has no memory left: give it more or lower the limits";
    default:
      return {};
  }
}

constexpr int kPrimaryCodeMask = 0xff;

}  // namespace

SQLite::Statement& Connection::prepared(const char* sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    found = statements_.emplace(sql, SQLite::Statement(*this, sql)).first;
  }
  // The code is that of the statement's last run, which has been told already.
  found->second.tryReset();
  found->second.clearBindings();
  return found->second;
}

void Connection::reset_statements() noexcept {
  for (auto& [sql, statement] : statements_) statement.tryReset();
}

bool Connection::is_in_transaction() const noexcept {
  return sqlite3_get_autocommit(getHandle()) == 0;
}

Error error_of(const std::exception& exception, std::string_view where) {
  const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&exception);
  const int code = sqlite != nullptr ? sqlite->getErrorCode() & kPrimaryCodeMask : SQLITE_ERROR;
  const auto advice = advice_for(code);
  const auto what = "store " + std::string(where) + ": " + exception.what();
  if (advice.empty()) {
    return {.code = ErrorCode::kInternal,
            .client_message = "Something went wrong on the server. It was not done.",
            .log_message = what + ". Nothing was changed. This is a bug: report it"};
  }
  return {.code = ErrorCode::kUnavailable,
          .client_message = "The server's store is away at the moment. Try again in a few minutes.",
          .log_message = what + " (SQLite " + std::to_string(sqlite->getExtendedErrorCode()) +
                         "). Nothing was changed; " + std::string(advice)};
}

}  // namespace gatehouse::store::sqlite
