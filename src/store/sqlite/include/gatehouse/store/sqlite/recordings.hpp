// Recordings in a SQLite file of their own: masked, sealed, bounded in days and bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gatehouse/crypto/sealer.hpp"
#include "gatehouse/guard/explanations.hpp"
#include "gatehouse/guard/recordings.hpp"
#include "gatehouse/guard/reply_rules.hpp"
#include "gatehouse/store/sqlite/sealed_rows.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

struct RecordingSettings {
  std::uint32_t days = 7;
  std::uint64_t max_bytes = 64 * 1024 * 1024;  // of what is sealed; the file is a little larger
  // What is masked before it is sealed; null: credentials only.
  std::shared_ptr<const guard::ReplyRules> masks;
};

struct RecordingsFound {
  std::vector<guard::Recording> recordings;  // the oldest first
  std::uint64_t unreadable = 0;              // sealed under another secret, or damaged
};

// What is added waits in memory until flush(), which somebody calls every few seconds; masking,
// sealing and writing happen on the file's own thread. A recording with more than 64 KB of text is
// not taken. `random` outlives this.
class Recordings final : public guard::Recordings {
 public:
  static constexpr std::size_t kMaxTextBytes = 64 * 1024;
  static constexpr std::size_t kMaxWaitingBytes = 8 * 1024 * 1024;

  static Result<std::unique_ptr<Recordings>> open(const std::string& path, crypto::Sealer sealer,
                                                  RecordingSettings settings, Random& random);

  bool takes(std::string_view stage, const IpPrefix& client, TimePoint now) noexcept override;
  void add(guard::Recording recording) noexcept override;
  // Writes what waits, and removes what is too old or too much.
  async::Task<Result<void>> flush(async::Worker& home, WallTime now);
  std::uint64_t passed_over() const {
    return sampler_.passed_over() + dropped_.load(std::memory_order_relaxed);
  }

  // As SealedRows has it.
  async::Task<Result<ResealProgress>> reseal_step(async::Worker& home);
  async::Task<Result<std::uint64_t>> outdated(async::Worker& home);

  // For the command line, beside a server that runs: the newest `limit` since then.
  static Result<RecordingsFound> find(const std::string& path, const crypto::Sealer& sealer,
                                      WallTime since, std::uint32_t limit);

 private:
  Recordings(SQLite::Database database, crypto::Sealer sealer, RecordingSettings settings,
             Random& random, std::uint64_t kept_bytes);
  Result<void> write(Connection& connection, std::vector<guard::Recording> taken, WallTime now);
  void remove_oldest(Connection& connection, WallTime now);
  Result<ResealProgress> reseal_some(Connection& connection);
  void mask(guard::Recording& recording) const;

  const crypto::Sealer sealer_;
  const RecordingSettings settings_;
  Random& random_;
  guard::ExplanationSampler sampler_;
  std::mutex mutex_;
  std::vector<guard::Recording> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  std::uint64_t kept_bytes_;  // in the file; on the writer's thread
  std::int64_t resealed_through_ = -1;
  Writer writer_;  // the last member, so that it is done first
};

}  // namespace gatehouse::store::sqlite
