// Answers that are kept to be given again.
#include "data_files.hpp"
#include "house.hpp"

namespace gatehouse::app {

Result<void> open_reply_cache(House& house) {
  const auto& from = house.settings.cache;
  using Answers = settings::CacheSettings::Answers;
  if (from.answers == Answers::kOff) return {};
  if (from.disk_bytes > 0) {
    const std::string path = replies_path(house.settings.data_dir);
    auto opened =
        store::sqlite::Replies::open(path, house.sealers->replies, from.disk_bytes, house.random);
    // It makes answers quicker, and is no reason to give none.
    if (!opened) {
      house.log.warning("REPLY_CACHE_FAILED", opened.error().for_log());
    } else {
      if (!opened->began_anew.empty()) {
        house.log.warning("REPLY_CACHE_DISCARDED", "The kept answers were of no use.",
                          {{"file", path}, {"detail", opened->began_anew}});
      }
      house.replies = std::move(opened->replies);
    }
  }
  const bool keeps_all = from.answers == Answers::kAll;
  house.reply_cache = std::make_unique<responders::ReplyCache>(
      responders::ReplyCacheSettings{.answers = keeps_all
                                                    ? responders::CachedAnswers::kAll
                                                    : responders::CachedAnswers::kDeterministic,
                                     .is_shared = from.is_shared,
                                     .memory_bytes = from.memory_bytes,
                                     .lifetime = from.lifetime},
      house.replies.get());
  return {};
}

std::string reply_cache_state(const House& house) {
  if (!house.reply_cache) return "disabled";
  return house.replies && !house.replies->last_error().empty() ? "failing" : "healthy";
}

void House::add_reply_cache(std::vector<exporters::Gauge>& gauges) const {
  if (!reply_cache) return;
  const auto counts = reply_cache->counts();
  using Labels = std::vector<std::pair<std::string, std::string>>;
  const auto add = [&](std::string_view name, std::string_view help, std::uint64_t value,
                       Labels labels = {}) {
    gauges.push_back(
        {name, help, static_cast<double>(value), std::move(labels), name.ends_with("_total")});
  };
  constexpr std::string_view kHits = "gatehouse_reply_cache_hits_total";
  constexpr std::string_view kHitsHelp = "Answers that were kept from before, by where";
  add(kHits, kHitsHelp, counts.memory_hits, {{"tier", "memory"}});
  add(kHits, kHitsHelp, counts.disk_hits, {{"tier", "disk"}});
  add("gatehouse_reply_cache_misses_total", "Answers that could have been kept and were not yet",
      counts.misses);
  add("gatehouse_reply_cache_joined_total",
      "Questions that another had asked already and whose answer was under way", counts.joined);
  add("gatehouse_reply_cache_kept_total", "Answers that were kept", counts.kept);
  for (std::size_t i = 0; i < counts.not_kept.size(); ++i) {
    const auto reason = name_of(static_cast<responders::NotKept>(i));
    add("gatehouse_reply_cache_not_kept_total", "Answers that were not kept, by why",
        counts.not_kept[i], {{"reason", std::string(reason)}});
  }
  add("gatehouse_reply_cache_evictions_total", "Answers that made room for others in memory",
      counts.evictions);
  constexpr std::string_view kEntries = "gatehouse_reply_cache_entries";
  constexpr std::string_view kBytes = "gatehouse_reply_cache_bytes";
  add(kEntries, "Answers that are kept", counts.memory_entries, {{"tier", "memory"}});
  add(kEntries, "Answers that are kept", counts.disk_entries, {{"tier", "disk"}});
  add(kBytes, "What they take", counts.memory_bytes, {{"tier", "memory"}});
  add(kBytes, "What they take", counts.disk_bytes, {{"tier", "disk"}});
}

}  // namespace gatehouse::app
