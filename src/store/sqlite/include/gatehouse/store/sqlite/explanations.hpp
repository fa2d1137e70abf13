// Explanations in a SQLite file of their own, of which only the newest are kept.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/guard/explanations.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// What is added waits in memory until flush(), which somebody calls every few seconds: a crash may
// take those, and they don't slow a request down. 64 MB at most, as 200,000 explanations of some
// 300 bytes.
class Explanations final : public guard::Explanations {
 public:
  static constexpr std::size_t kMaxWaiting = 4096;
  static constexpr std::int64_t kMaxKept = 200'000;

  static Result<std::unique_ptr<Explanations>> open(const std::string& path);

  void add(guard::Explanation explanation) noexcept override;
  async::Task<Result<void>> flush(async::Worker& home);
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  // For the command line, beside a server that runs; the newest of that request id. Empty if there
  // is none.
  static Result<std::vector<guard::Explanation>> find(const std::string& path,
                                                      const std::string& request_id);

 private:
  explicit Explanations(SQLite::Database database) : writer_(std::move(database)) {}

  Writer writer_;
  std::mutex mutex_;
  std::vector<guard::Explanation> waiting_;
  std::atomic<std::uint64_t> dropped_ = 0;
};

}  // namespace gatehouse::store::sqlite
