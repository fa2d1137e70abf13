// What is done with the audit log from time to time: checkpoints, and what is old enough goes.
#pragma once

#include <string>

#include "gatehouse/audit/log.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/crypto/signing.hpp"

namespace gatehouse::audit {

struct Retention {
  std::uint32_t days = 365;  // 0: for ever
};

// On one worker. What it refers to outlives it.
class Keeper {
 public:
  Keeper(Log& log, const Clock& clock, crypto::SigningKey key, Retention retention);

  // Signs where the log stands, if it has grown since, and removes what is older than it is kept.
  async::Task<Result<void>> keep(async::Worker& home, std::string site);

 private:
  Checkpoint make_checkpoint(const std::string& site, const Mark& mark) const;

  Log& log_;
  const Clock& clock_;
  const crypto::SigningKey key_;
  const Retention retention_;
  std::uint64_t last_sequence_ = 0;  // of the checkpoint that was made last
};

}  // namespace gatehouse::audit
