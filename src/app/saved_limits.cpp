// Limits over a restart: what was spent of windows of an hour and more, in limits.bin of the data
// folder. It carries the seed of the table's keys, so it is for its owner only.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "data_files.hpp"
#include "gatehouse/settings/machine.hpp"
#include "house.hpp"

namespace gatehouse::app {
namespace {

constexpr std::uint32_t kLeastWindowSeconds = 3600;

}  // namespace

Result<void> save_limits(const House& house) {
  const std::string path = limits_path(house.settings.data_dir);
  const std::string next = path + ".next";
  std::remove(next.c_str());  // of a run that was killed meanwhile
  const auto written = settings::DiskFiles().write_new_private(
      next, house.rates->save(house.rate_seed, kLeastWindowSeconds));
  if (!written) return written;
  if (std::rename(next.c_str(), path.c_str()) == 0) return {};
  return fail(ErrorCode::kUnavailable, "The limits can't be kept.",
              "Can't rename " + next + ": " + std::strerror(errno));
}

guard::RateSeed load_limits(House& house) {
  const std::string path = limits_path(house.settings.data_dir);
  std::ifstream file(path, std::ios::binary);
  if (file.is_open()) {
    const std::string saved{std::istreambuf_iterator<char>(file), {}};
    if (const auto restored = house.rates->load(saved, house.rate_clock.now_ms()))
      return restored->seed;
    house.log.warning("LIMITS_FORGOTTEN",
                      "The limits of the last run can't be taken over: the file is damaged, or "
                      "limits.table_mb has changed. Long windows begin anew.",
                      {{"file", path}});
  }
  return {.low = house.random.next_u64(), .high = house.random.next_u64()};
}

}  // namespace gatehouse::app
