#include "at_rest.hpp"

#include <algorithm>

#include "house.hpp"

namespace gatehouse::app {
namespace {

constexpr Duration kPatience = std::chrono::milliseconds(500);

bool has_key(const crypto::SealingKeys& keys, const crypto::SealingKey& key) {
  return std::ranges::any_of(keys.all(), [&](const crypto::SealingKey& each) {
    return each.id == key.id && each.key.reveal() == key.key.reveal();
  });
}

}  // namespace

async::Task<Result<bool>> AtRest::take_over(async::Worker& home, async::BlockingPool& files) {
  auto work = [path = key_path_] { return read_sealing_keys(path); };
  auto read = co_await files.run(home, std::move(work));
  if (!read) co_return std::unexpected(read.error());
  if (read->text().reveal() == keys_.text().reveal()) co_return false;
  if (!has_key(*read, keys_.newest())) {
    co_return fail(ErrorCode::kConflict, key_path_ +
                                             " is another's: the key that seals here isn't in it. "
                                             "Put the right file back.");
  }
  keys_ = std::move(*read);
  sealers_.use(keys_);
  quiet_since_ = home.now();
  co_return true;
}

async::Task<Result<bool>> AtRest::step(async::Worker& home) {
  Result<store::sqlite::ResealProgress> done;
  if (is_at_recordings_) {
    done = co_await recordings_->reseal_step(home);
  } else {
    done = co_await rows_.step(home);
  }
  if (!done) co_return std::unexpected(done.error());
  walk_.resealed += done->resealed;
  walk_.unreadable += done->unreadable;
  if (!done->has_ended) co_return false;
  is_at_recordings_ = !is_at_recordings_ && recordings_ != nullptr;
  co_return !is_at_recordings_;
}

async::Task<Result<std::uint64_t>> AtRest::outdated(async::Worker& home) {
  auto count = co_await rows_.outdated(home);
  if (!count || recordings_ == nullptr) co_return count;
  const auto recorded = co_await recordings_->outdated(home);
  if (!recorded) co_return std::unexpected(recorded.error());
  co_return *count + *recorded;
}

// False where something needs them still, or the file has changed.
async::Task<Result<bool>> AtRest::drop_old_keys(async::Worker& home, async::BlockingPool& files) {
  const auto left = co_await outdated(home);
  if (!left) co_return std::unexpected(left.error());
  // Those that can't be read with any key lose nothing.
  if (*left != walk_.unreadable) co_return false;
  auto work = [path = key_path_, before = keys_] {
    return change_sealing_keys(
        path, [&](const crypto::SealingKeys& keys) -> std::optional<crypto::SealingKeys> {
          if (keys.text().reveal() != before.text().reveal()) return std::nullopt;
          return keys.newest_only();
        });
  };
  const auto kept = co_await files.run(home, std::move(work));
  if (!kept) co_return std::unexpected(kept.error());
  if (kept->all().size() > 1) co_return false;
  keys_ = *kept;
  sealers_.use(keys_);
  co_return true;
}

async::Task<Result<AtRestNews>> AtRest::work(async::Worker& home, async::BlockingPool& files,
                                             Deadline until, Duration grace) {
  AtRestNews news{.newest_key = keys_.newest().id};
  while (!news.has_ended && !until.has_passed(home.now())) {
    const auto walked = co_await step(home);
    if (!walked) co_return std::unexpected(walked.error());
    if (!*walked) continue;
    if (walk_.resealed > 0) {
      resealed_ += walk_.resealed;
      quiet_since_ = home.now();
    } else if (home.now() >= quiet_since_ + grace) {
      const auto dropped = co_await drop_old_keys(home, files);
      if (!dropped) co_return std::unexpected(dropped.error());
      news.has_ended = *dropped;
      news.resealed = resealed_;
      news.unreadable = walk_.unreadable;
      if (*dropped) resealed_ = 0;
    } else {
      until = Deadline::at(home.now());  // nothing to do but to wait
    }
    walk_ = {};
  }
  co_return news;
}

async::Task<Result<AtRestNews>> AtRest::tick(async::Worker& home, async::BlockingPool& files) {
  const auto changed = co_await take_over(home, files);
  Result<AtRestNews> news = AtRestNews{.newest_key = keys_.newest().id};
  if (!changed) {
    news = std::unexpected(changed.error());
  } else if (keys_.all().size() > 1) {
    news = co_await work(home, files, home.in(kPatience), kGrace);
    if (news) news->has_new_keys = *changed;
  }
  const std::string error(news ? std::string_view() : news.error().for_log());
  const bool is_told = error == told_error_;
  told_error_ = error;
  if (!news && is_told) co_return AtRestNews{.newest_key = keys_.newest().id};
  co_return news;
}

async::Task<Result<AtRestNews>> AtRest::finish(async::Worker& home, async::BlockingPool& files) {
  if (keys_.all().size() == 1) co_return AtRestNews{.newest_key = keys_.newest().id};
  co_return co_await work(home, files, Deadline::never(), Duration::zero());
}

store::sqlite::MessageTexts House::message_texts() {
  return {sealers->messages, settings.chat.seals_texts, random};
}

Result<void> open_at_rest(House& house) {
  auto keys = read_sealing_keys(house.settings.store_key_file);
  if (!keys) return std::unexpected(keys.error());
  auto& sealers = *house.sealers;
  sealers.use(*keys);  // another process may have been quicker since
  house.at_rest = std::make_unique<AtRest>(
      house.settings.store_key_file, std::move(*keys), sealers,
      store::sqlite::SealedRows(
          *house.writer, *house.readers,
          {sealers.second_factors, sealers.token_keys, sealers.refresh_families, sealers.messages},
          house.message_texts(), house.random),
      house.recordings.get(), house.clock.now());
  return {};
}

}  // namespace gatehouse::app
