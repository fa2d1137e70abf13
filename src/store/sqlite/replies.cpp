#include "gatehouse/store/sqlite/replies.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "blobs.hpp"
#include "compression.hpp"
#include "gatehouse/store/sqlite/database.hpp"
#include "gatehouse/store/sqlite/migrations.hpp"

namespace gatehouse::store::sqlite {
namespace {

constexpr std::array kMigrations = {
    Migration{.version = 1, .name = "replies", .sql = R"(
CREATE TABLE replies (
  sequence INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  kept_at INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX replies_by_time ON replies (kept_at, bytes);
)"},
};

constexpr int kRowsRemovedAtOnce = 256;
constexpr int kPrimaryCodeMask = 0xff;

// A value can't be put under another key, or be made younger.
std::string context_of(const chat::ReplyKey& key, WallTime kept_at) {
  return std::string(crypto::as_text(key)) + std::to_string(unix_ms(kept_at));
}

bool is_damage(const SQLite::Exception& exception) {
  const int code = exception.getErrorCode() & kPrimaryCodeMask;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

void remove_files(const std::string& path) {
  std::error_code error;
  for (const auto* const end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end, error);
}

}  // namespace

Replies::Replies(std::string path, SQLite::Database writing, SQLite::Database reading,
                 crypto::Sealer sealer, std::uint64_t max_bytes, Size size, Random& random)
    : path_(std::move(path)),
      sealer_(std::move(sealer)),
      max_bytes_(max_bytes),
      random_(random),
      bytes_(size.bytes),
      entries_(size.entries),
      writer_(std::move(writing)),
      readers_([&reading] {
        std::vector<SQLite::Database> databases;
        databases.push_back(std::move(reading));
        return databases;
      }()) {}

Result<std::unique_ptr<Replies>> Replies::open_file(const std::string& path,
                                                    const crypto::Sealer& sealer,
                                                    std::uint64_t max_bytes, Random& random) {
  // Looking for damage would take longer than the start may: what is damaged shows when it is read.
  const DatabaseOptions options{.when_damaged = "It is begun anew.", .is_checked = false};
  auto writing = open_expendable(path, options, kMigrations);
  if (!writing) return std::unexpected(std::move(writing.error()));
  auto reading = open_database(path, {.is_read_only = true});
  if (!reading) return std::unexpected(std::move(reading.error()));
  try {
    SQLite::Statement row(*writing, "SELECT TOTAL(bytes), COUNT(*) FROM replies");
    row.executeStep();
    const Size size{.bytes = static_cast<std::uint64_t>(row.getColumn(0).getDouble()),
                    .entries = static_cast<std::uint64_t>(row.getColumn(1).getInt64())};
    row.reset();
    // The same columns as ours, too.
    SQLite::Statement(*writing, "SELECT sequence, key, kept_at, bytes, sealed FROM replies LIMIT 1")
        .executeStep();
    return std::unique_ptr<Replies>(new Replies(path, std::move(*writing), std::move(*reading),
                                                sealer, max_bytes, size, random));
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, path));
  }
}

Result<Replies::Opened> Replies::open(const std::string& path, crypto::Sealer sealer,
                                      std::uint64_t max_bytes, Random& random) {
  auto opened = open_file(path, sealer, max_bytes, random);
  if (opened) return Opened{.replies = std::move(*opened), .began_anew = {}};
  const std::string why(opened.error().for_log());
  remove_files(path);
  opened = open_file(path, sealer, max_bytes, random);
  if (!opened) return std::unexpected(std::move(opened.error()));
  return Opened{.replies = std::move(*opened), .began_anew = why};
}

std::string Replies::last_error() const {
  const std::lock_guard lock(mutex_);
  return damage_.empty() ? writer_.last_error() : damage_;
}

// Who has it open goes on with it; the next start finds none.
void Replies::give_up(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!damage_.empty()) return;
  damage_ = path_ + " is damaged (" + why + ") and was deleted. It is begun anew with a restart.";
  remove_files(path_);
}

template <typename Function>
auto Replies::guarded(Function function) {
  return [this, function = std::move(function)](Connection& connection) mutable {
    try {
      return function(connection);
    } catch (const SQLite::Exception& exception) {
      if (is_damage(exception)) give_up(exception.what());
      throw;
    }
  };
}

Result<std::optional<chat::KeptText>> Replies::read(Connection& connection,
                                                    const chat::ReplyKey& key,
                                                    WallTime oldest) const {
  auto& row =
      connection.prepared("SELECT kept_at, sealed FROM replies WHERE key = ?1 AND kept_at >= ?2");
  bind_digest(row, 1, key);
  row.bind(2, unix_ms(oldest));
  if (!row.executeStep()) return std::nullopt;
  const WallTime kept_at = wall_time(row.getColumn(0));
  const auto opened = sealer_.open(blob_in(row.getColumn(1)), context_of(key, kept_at));
  if (!opened) return std::nullopt;
  auto text = decompressed(*opened, kMaxTextBytes);
  if (!text) return std::nullopt;
  return chat::KeptText{.text = std::move(*text), .kept_at = kept_at};
}

void Replies::remove_one(Connection& connection, const chat::ReplyKey& key) {
  auto& removal = connection.prepared("DELETE FROM replies WHERE key = ?1 RETURNING bytes");
  bind_digest(removal, 1, key);
  while (removal.executeStep()) {
    bytes_ -= removal.getColumn(0).getUInt();
    --entries_;
  }
  removal.reset();
}

Result<void> Replies::write(Connection& connection, const chat::ReplyKey& key,
                            const chat::KeptText& kept) {
  const auto sealed = sealer_.seal(compressed(kept.text), context_of(key, kept.kept_at), random_);
  remove_one(connection, key);
  auto& row = connection.prepared(
      "INSERT INTO replies (key, kept_at, bytes, sealed) VALUES (?1, ?2, ?3, ?4)");
  bind_digest(row, 1, key);
  row.bind(2, unix_ms(kept.kept_at));
  row.bind(3, static_cast<std::int64_t>(sealed.size()));
  bind_blob(row, 4, sealed);
  row.exec();
  row.reset();
  bytes_ += sealed.size();
  ++entries_;
  if (bytes_ > max_bytes_) remove_oldest(connection, WallTime::min());
  return {};
}

std::uint64_t Replies::remove_oldest(Connection& connection, WallTime oldest) {
  auto& rows =
      connection.prepared("SELECT sequence, bytes, kept_at FROM replies ORDER BY kept_at LIMIT ?1");
  auto& removal = connection.prepared("DELETE FROM replies WHERE sequence = ?1");
  std::uint64_t removed = 0;
  while (true) {
    std::vector<std::int64_t> some;
    with_values(rows, kRowsRemovedAtOnce);
    while (rows.executeStep()) {
      if (wall_time(rows.getColumn(2)) >= oldest && bytes_ <= max_bytes_) break;
      some.push_back(rows.getColumn(0).getInt64());
      bytes_ -= std::min<std::uint64_t>(bytes_, rows.getColumn(1).getUInt());
    }
    rows.reset();
    for (const auto sequence : some) {
      with_values(removal, sequence).exec();
      removal.reset();
    }
    removed += some.size();
    entries_ -= some.size();
    if (some.size() < kRowsRemovedAtOnce) return removed;
  }
}

async::Task<Result<std::optional<chat::KeptText>>> Replies::find(async::Worker& home,
                                                                 chat::ReplyKey key,
                                                                 WallTime oldest) {
  co_return co_await readers_.read(home, guarded([this, key, oldest](Connection& connection) {
                                     return read(connection, key, oldest);
                                   }));
}

async::Task<Result<void>> Replies::keep(async::Worker& home, chat::ReplyKey key,
                                        chat::KeptText kept) {
  auto run = guarded([this, key, kept = std::move(kept)](Connection& connection) {
    return write(connection, key, kept);
  });
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> Replies::forget(async::Worker& home, chat::ReplyKey key) {
  auto run = guarded([this, key](Connection& connection) {
    remove_one(connection, key);
    return Result<void>();
  });
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::uint64_t>> Replies::remove_expired(async::Worker& home, WallTime oldest) {
  auto run = guarded([this, oldest](Connection& connection) {
    return Result<std::uint64_t>(remove_oldest(connection, oldest));
  });
  co_return co_await writer_.write(home, std::move(run));
}

}  // namespace gatehouse::store::sqlite
