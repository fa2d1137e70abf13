// A connection to SQLite with its prepared statements, and what its errors mean to the house.
#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <exception>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"

namespace gatehouse::store::sqlite {

// A database that prepares each of its statements once. One thread at a time.
class Connection final : public SQLite::Database {
 public:
  explicit Connection(SQLite::Database database) : SQLite::Database(std::move(database)) {}

  // `sql` is a literal: its address is the key. The statement comes reset and without bindings, and
  // is good until the same one is asked for again.
  SQLite::Statement& prepared(const char* sql);
  // Ends what is half read: a statement that waits in the middle of its rows keeps its snapshot.
  void reset_statements() noexcept;
  // False also after SQLite gave a transaction up by itself, as it may when the disk is full.
  bool is_in_transaction() const noexcept;

 private:
  std::unordered_map<const char*, SQLite::Statement> statements_;
};

// Binds values to ?1, ?2 … in their order.
template <typename... Values>
SQLite::Statement& with_values(SQLite::Statement& statement, const Values&... values) {
  int index = 0;
  (statement.bind(++index, values), ...);
  return statement;
}

inline WallTime wall_time(const SQLite::Column& unix_ms) {
  return WallTime{std::chrono::milliseconds(unix_ms.getInt64())};
}

// What an exception of SQLiteCpp (or bad_alloc) means: to the client that it wasn't done, to the
// operator where it came from (a file, or what was being done) and what to do.
Error error_of(const std::exception& exception, std::string_view where);

}  // namespace gatehouse::store::sqlite
