#include "gatehouse/store/sqlite/recordings.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "blobs.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/guard/reply_scanner.hpp"
#include "gatehouse/store/sqlite/database.hpp"
#include "gatehouse/store/sqlite/migrations.hpp"
#include "gatehouse/telemetry/redact.hpp"
#include "recording_json.hpp"

namespace gatehouse::store::sqlite {
namespace {

using guard::Recording;

constexpr std::array kMigrations = {
    Migration{.version = 1, .name = "recordings", .sql = R"(
CREATE TABLE recordings (
  sequence INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX recordings_by_time ON recordings (at);
)"},
};

constexpr std::string_view kWhenDamaged =
    "It holds nothing but recordings for replay: remove it and start again.";
constexpr int kRowsRemovedAtOnce = 256;

std::size_t text_bytes(const Recording& recording) {
  std::size_t bytes = 0;
  for (const auto& message : recording.messages) bytes += message.text.size();
  return bytes;
}

// No policy makes anything of a text that is none, and JSON can't hold it.
bool is_text(const Recording& recording) {
  return std::ranges::all_of(recording.messages, [](const guard::RecordedMessage& message) {
    return scan_utf8(message.text).is_valid;
  });
}

void mask_header(std::string& value) {
  value.resize(scan_utf8(value).bytes);
  value = telemetry::redact(value);
}

// A sealed recording belongs to its request and time.
std::string context_of(const Recording& recording) {
  return recording.request_id + "@" + std::to_string(unix_ms(recording.at));
}

}  // namespace

Recordings::Recordings(SQLite::Database database, crypto::Sealer sealer, RecordingSettings settings,
                       Random& random, std::uint64_t kept_bytes)
    : sealer_(std::move(sealer)),
      settings_(std::move(settings)),
      random_(random),
      kept_bytes_(kept_bytes),
      writer_(std::move(database)) {}

Result<std::unique_ptr<Recordings>> Recordings::open(const std::string& path, crypto::Sealer sealer,
                                                     RecordingSettings settings, Random& random) {
  auto database = open_expendable(path, {.when_damaged = kWhenDamaged}, kMigrations);
  if (!database) return std::unexpected(std::move(database.error()));
  try {
    const auto kept = database->execAndGet("SELECT TOTAL(LENGTH(sealed)) FROM recordings");
    const auto kept_bytes = static_cast<std::uint64_t>(kept.getDouble());
    return std::unique_ptr<Recordings>(new Recordings(std::move(*database), std::move(sealer),
                                                      std::move(settings), random, kept_bytes));
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, path));
  }
}

bool Recordings::takes(std::string_view stage, const IpPrefix& client, TimePoint now) noexcept {
  return sampler_.takes(stage, client, now);
}

void Recordings::add(Recording recording) noexcept {
  const std::size_t bytes = sizeof(Recording) + text_bytes(recording);
  const std::lock_guard lock(mutex_);
  if (bytes > kMaxTextBytes + sizeof(Recording) || waiting_bytes_ + bytes > kMaxWaitingBytes) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  waiting_bytes_ += bytes;
  waiting_.push_back(std::move(recording));
}

async::Task<Result<void>> Recordings::flush(async::Worker& home, WallTime now) {
  std::vector<Recording> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(waiting_);
    waiting_bytes_ = 0;
  }
  auto run = [this, taken = std::move(taken), now](Connection& connection) mutable {
    return write(connection, std::move(taken), now);
  };
  co_return co_await writer_.write(home, std::move(run));
}

// Secrets and personal data are masked as in replies, where they would be told to strangers.
void Recordings::mask(Recording& recording) const {
  guard::Policy policy;
  policy.reply_rules = settings_.masks;
  for (auto& message : recording.messages) {
    guard::ReplyScanner scanner(policy);
    scanner.scan_whole(message.text);
    message.text = telemetry::redact(message.text);
  }
  if (!recording.head) return;
  auto& head = *recording.head;
  for (auto* const value :
       {&head.method, &head.path, &head.host, &head.origin, &head.referer, &head.fetch_site,
        &head.content_type, &head.content_encoding, &head.user_agent})
    mask_header(*value);
}

Result<void> Recordings::write(Connection& connection, std::vector<Recording> taken, WallTime now) {
  auto& row =
      connection.prepared("INSERT INTO recordings (request_id, at, sealed) VALUES (?1, ?2, ?3)");
  for (auto& recording : taken) {
    if (!is_text(recording)) continue;
    mask(recording);
    const auto sealed = sealer_.seal(recording_to_json(recording), context_of(recording), random_);
    with_values(row, recording.request_id, unix_ms(recording.at));
    row.bind(3, sealed.data(), static_cast<int>(sealed.size()));
    row.exec();
    row.reset();
    kept_bytes_ += sealed.size();
  }
  remove_oldest(connection, now);
  return {};
}

void Recordings::remove_oldest(Connection& connection, WallTime now) {
  const WallTime oldest = now - std::chrono::days(settings_.days);
  auto& rows = connection.prepared(
      "SELECT sequence, LENGTH(sealed), at FROM recordings ORDER BY sequence LIMIT ?1");
  auto& removal = connection.prepared("DELETE FROM recordings WHERE sequence <= ?1");
  const auto last_of_some = [&] {
    std::int64_t last = -1;
    with_values(rows, kRowsRemovedAtOnce);
    while (rows.executeStep()) {
      const bool is_too_old = wall_time(rows.getColumn(2)) < oldest;
      if (!is_too_old && kept_bytes_ <= settings_.max_bytes) break;
      last = rows.getColumn(0).getInt64();
      kept_bytes_ -= std::min<std::uint64_t>(kept_bytes_, rows.getColumn(1).getUInt());
    }
    rows.reset();
    return last;
  };
  for (auto last = last_of_some(); last >= 0; last = last_of_some()) {
    with_values(removal, last).exec();
    removal.reset();
  }
}

// A step that fails wrote nothing; the one after the end begins again.
Result<ResealProgress> Recordings::reseal_some(Connection& connection) {
  auto& rows = connection.prepared(
      "SELECT sequence, request_id, at, sealed FROM recordings WHERE sequence > ?1"
      " ORDER BY sequence LIMIT ?2");
  struct Row {
    std::int64_t sequence = 0;
    std::string context;
    std::string sealed;
  };
  std::vector<Row> found;
  with_values(rows, resealed_through_, kRowsRemovedAtOnce);
  while (rows.executeStep()) {
    const Recording key{.request_id = rows.getColumn(1).getString(),
                        .at = wall_time(rows.getColumn(2))};
    found.push_back({rows.getColumn(0).getInt64(), context_of(key), blob_in(rows.getColumn(3))});
  }
  ResealProgress progress;
  auto& update = connection.prepared("UPDATE recordings SET sealed = ?2 WHERE sequence = ?1");
  for (const auto& row : found) {
    if (!sealer_.is_outdated(row.sealed)) continue;
    const auto text = sealer_.open(row.sealed, row.context);
    if (!text) {
      ++progress.unreadable;
      continue;
    }
    with_values(update, row.sequence);
    bind_blob(update, 2, sealer_.seal(*text, row.context, random_));
    update.exec();
    update.reset();
    ++progress.resealed;
  }
  progress.has_ended = found.size() < kRowsRemovedAtOnce;
  resealed_through_ = progress.has_ended ? -1 : found.back().sequence;
  return progress;
}

async::Task<Result<ResealProgress>> Recordings::reseal_step(async::Worker& home) {
  auto run = [this](Connection& connection) { return reseal_some(connection); };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<std::uint64_t>> Recordings::outdated(async::Worker& home) {
  auto run = [sealer = sealer_](Connection& connection) -> Result<std::uint64_t> {
    auto& row =
        connection.prepared("SELECT COUNT(*) FROM recordings WHERE substr(sealed, 1, 4) <> ?1");
    bind_blob(row, 1, sealer.newest_mark());
    row.executeStep();
    return static_cast<std::uint64_t>(row.getColumn(0).getInt64());
  };
  co_return co_await writer_.write(home, std::move(run));
}

Result<RecordingsFound> Recordings::find(const std::string& path, const crypto::Sealer& sealer,
                                         WallTime since, std::uint32_t limit) {
  auto database = open_database(path, {.is_read_only = true, .when_damaged = kWhenDamaged});
  if (!database) return std::unexpected(std::move(database.error()));
  RecordingsFound found;
  try {
    SQLite::Statement rows(*database,
                           "SELECT request_id, at, sealed FROM recordings WHERE at >= ?1 "
                           "ORDER BY sequence DESC LIMIT ?2");
    with_values(rows, unix_ms(since), std::int64_t{limit});
    while (rows.executeStep()) {
      Recording key{.request_id = rows.getColumn(0).getString(),
                    .at = wall_time(rows.getColumn(1))};
      const auto text = sealer.open(rows.getColumn(2).getString(), context_of(key));
      auto recording = text ? recording_from_json(*text) : std::nullopt;
      if (!recording) {
        ++found.unreadable;
        continue;
      }
      recording->request_id = std::move(key.request_id);
      recording->at = key.at;
      found.recordings.push_back(std::move(*recording));
    }
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, path));
  }
  std::ranges::reverse(found.recordings);
  return found;
}

}  // namespace gatehouse::store::sqlite
