// The port of where answers are kept to be given again, beyond the memory of the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::chat {

using ReplyKey = crypto::Digest;  // of all that an answer depends on

struct KeptText {
  std::string text;
  WallTime kept_at;
};

// Safe from any thread; what a call returns comes on `home`. All of it may be gone at any time, so
// an error is as good as nothing found.
class ReplyStore {
 public:
  virtual ~ReplyStore() = default;
  // Nothing where there is none, or only one from before `oldest`.
  virtual async::Task<Result<std::optional<KeptText>>> find(async::Worker& home, ReplyKey key,
                                                            WallTime oldest) = 0;
  // In the place of one with the same key. What is too much by then goes, the oldest first.
  virtual async::Task<Result<void>> keep(async::Worker& home, ReplyKey key, KeptText kept) = 0;
  virtual async::Task<Result<void>> forget(async::Worker& home, ReplyKey key) = 0;
  // Those from before `oldest`; how many there were.
  virtual async::Task<Result<std::uint64_t>> remove_expired(async::Worker& home,
                                                            WallTime oldest) = 0;
  virtual std::uint64_t bytes() const = 0;
  virtual std::uint64_t entries() const = 0;
  virtual std::string last_error() const = 0;  // for the operator; empty: all is well
};

}  // namespace gatehouse::chat
