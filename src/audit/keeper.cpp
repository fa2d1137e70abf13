#include "gatehouse/audit/keeper.hpp"

namespace gatehouse::audit {

Keeper::Keeper(Log& log, const Clock& clock, crypto::SigningKey key, Retention retention)
    : log_(log), clock_(clock), key_(std::move(key)), retention_(retention) {}

Checkpoint Keeper::make_checkpoint(const std::string& site, const Mark& mark) const {
  Checkpoint checkpoint{
      .site = site, .sequence = mark.sequence, .at = clock_.wall(), .digest = mark.digest};
  sign(checkpoint, key_);
  return checkpoint;
}

async::Task<Result<void>> Keeper::keep(async::Worker& home, std::string site) {
  const auto last = co_await log_.last(home, site);
  if (!last) co_return std::unexpected(last.error());
  if (*last && (**last).sequence != last_sequence_) {
    auto added = co_await log_.add_checkpoint(home, make_checkpoint(site, **last));
    if (!added) co_return added;
    last_sequence_ = (**last).sequence;
  }
  if (retention_.days == 0) co_return Result<void>();
  const auto old =
      co_await log_.last_before(home, site, clock_.wall() - std::chrono::days(retention_.days));
  if (!old) co_return std::unexpected(old.error());
  if (!*old) co_return Result<void>();
  co_return co_await log_.remove_through(home, make_checkpoint(site, **old));
}

}  // namespace gatehouse::audit
