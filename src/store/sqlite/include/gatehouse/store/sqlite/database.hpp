// Opening a SQLite file the way all of Gatehouse's are opened.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <string>
#include <string_view>

#include "gatehouse/base/error.hpp"

namespace gatehouse::store::sqlite {

struct DatabaseOptions {
  bool is_read_only = false;  // for a second connection; the file must exist
  // What an operator does about a damaged file, as a sentence.
  std::string_view when_damaged = "Restore it from a backup.";
  bool is_checked = true;  // for damage, when it is opened for writing
};

// WAL, synchronous=FULL, foreign keys, 5 s of patience with other processes. Makes the file (only
// its owner can read it) and checks a writable one for damage, which takes about a second for a
// gigabyte. A connection serves one thread at a time. Errors name the file and say what to do.
Result<SQLite::Database> open_database(const std::string& path,
                                       const DatabaseOptions& options = {});

}  // namespace gatehouse::store::sqlite
