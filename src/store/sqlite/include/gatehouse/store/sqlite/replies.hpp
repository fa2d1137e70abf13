// Answers that are kept to be given again, in a SQLite file of their own: compressed and sealed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "gatehouse/chat/reply_store.hpp"
#include "gatehouse/crypto/sealer.hpp"
#include "gatehouse/store/sqlite/readers.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// The file may be deleted at any time and is bounded in bytes of what is sealed; it is a little
// larger itself. What can't be opened any more is as good as not there, and a file that is damaged
// is deleted: it is begun anew with the next start. Has a thread for writing and one for reading;
// compressing and sealing happen there. `random` outlives this.
class Replies final : public chat::ReplyStore {
 public:
  static constexpr std::size_t kMaxTextBytes = 2 * 1024 * 1024;

  struct Opened {
    std::unique_ptr<Replies> replies;
    std::string began_anew;  // why, if there was a file that is of no use; for the operator
  };
  // Fails only where no file can be made.
  static Result<Opened> open(const std::string& path, crypto::Sealer sealer,
                             std::uint64_t max_bytes, Random& random);

  async::Task<Result<std::optional<chat::KeptText>>> find(async::Worker& home, chat::ReplyKey key,
                                                          WallTime oldest) override;
  async::Task<Result<void>> keep(async::Worker& home, chat::ReplyKey key,
                                 chat::KeptText kept) override;
  async::Task<Result<void>> forget(async::Worker& home, chat::ReplyKey key) override;
  async::Task<Result<std::uint64_t>> remove_expired(async::Worker& home, WallTime oldest) override;
  std::uint64_t bytes() const override { return bytes_.load(std::memory_order_relaxed); }
  std::uint64_t entries() const override { return entries_.load(std::memory_order_relaxed); }
  std::string last_error() const override;

 private:
  struct Size {
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
  };
  Replies(std::string path, SQLite::Database writing, SQLite::Database reading,
          crypto::Sealer sealer, std::uint64_t max_bytes, Size size, Random& random);
  static Result<std::unique_ptr<Replies>> open_file(const std::string& path,
                                                    const crypto::Sealer& sealer,
                                                    std::uint64_t max_bytes, Random& random);
  Result<std::optional<chat::KeptText>> read(Connection& connection, const chat::ReplyKey& key,
                                             WallTime oldest) const;
  Result<void> write(Connection& connection, const chat::ReplyKey& key, const chat::KeptText& kept);
  void remove_one(Connection& connection, const chat::ReplyKey& key);
  // The oldest, as many as have to go.
  std::uint64_t remove_oldest(Connection& connection, WallTime oldest);
  template <typename Function>
  auto guarded(Function function);
  void give_up(const std::string& why);

  const std::string path_;
  const crypto::Sealer sealer_;
  const std::uint64_t max_bytes_;
  Random& random_;
  std::atomic<std::uint64_t> bytes_;
  std::atomic<std::uint64_t> entries_;
  mutable std::mutex mutex_;
  std::string damage_;
  Writer writer_;
  Readers readers_;  // the last members; the writer closes the file and makes it whole
};

}  // namespace gatehouse::store::sqlite
