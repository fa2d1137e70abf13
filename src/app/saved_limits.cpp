// Limits over a restart: what was spent of windows of an hour and more, in limits.bin of the data
// folder. It carries the seed of the table's keys, so it is for its owner only.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "house.hpp"

namespace gatehouse::app {
namespace {

constexpr std::uint32_t kLeastWindowSeconds = 3600;
constexpr mode_t kOwnerOnly = 0600;

std::string path_of(const House& house) { return house.settings.data_dir + "/limits.bin"; }

Result<void> write_file(const std::string& path, std::string_view bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly);
  bool is_written = file >= 0;
  while (is_written && !bytes.empty()) {
    const ssize_t done = ::write(file, bytes.data(), bytes.size());
    is_written = done > 0 || (done < 0 && errno == EINTR);
    if (done > 0) bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  const int error = errno;
  if (file >= 0) ::close(file);
  if (is_written) return {};
  return fail(ErrorCode::kUnavailable, "The limits can't be kept.",
              "Can't write " + path + ": " + std::strerror(error));
}

}  // namespace

Result<void> save_limits(const House& house) {
  const std::string path = path_of(house);
  const std::string next = path + ".next";
  const auto written = write_file(next, house.rates->save(house.rate_seed, kLeastWindowSeconds));
  if (!written) return written;
  if (std::rename(next.c_str(), path.c_str()) == 0) return {};
  return fail(ErrorCode::kUnavailable, "The limits can't be kept.",
              "Can't rename " + next + ": " + std::strerror(errno));
}

guard::RateSeed load_limits(House& house) {
  std::ifstream file(path_of(house), std::ios::binary);
  if (file.is_open()) {
    const std::string saved{std::istreambuf_iterator<char>(file), {}};
    if (const auto restored = house.rates->load(saved, house.rate_clock.now_ms()))
      return restored->seed;
    house.log.warning("LIMITS_FORGOTTEN",
                      "The limits of the last run can't be taken over: the file is damaged, or "
                      "limits.table_mb has changed. Long windows begin anew.",
                      {{"file", path_of(house)}});
  }
  return {.low = house.random.next_u64(), .high = house.random.next_u64()};
}

}  // namespace gatehouse::app
