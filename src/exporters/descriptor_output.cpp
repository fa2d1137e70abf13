#include "descriptor_output.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace gatehouse::exporters {
namespace {

// What a pipe that polls as writable takes without blocking (PIPE_BUF).
constexpr std::size_t kChunkBytes = 4096;
constexpr int kPatienceMs = 1000;

}  // namespace

bool DescriptorOutput::wait_until_writable() {
  pollfd waiting{.fd = descriptor_, .events = POLLOUT, .revents = 0};
  int count = 0;
  do {
    count = ::poll(&waiting, 1, is_stuck_ ? 0 : kPatienceMs);
  } while (count < 0 && errno == EINTR);
  is_stuck_ = count == 0;
  return count > 0;
}

std::size_t DescriptorOutput::write_some(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size() && wait_until_writable()) {
    const auto chunk = bytes.substr(done, kChunkBytes);
    const auto count = ::write(descriptor_, chunk.data(), chunk.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

void DescriptorOutput::write(std::string_view lines) {
  if (lines.empty()) return;
  // The rest of a line that was cut is gone; the next one begins on a line of its own.
  if (is_inside_line_ && write_some("\n") == 1) is_inside_line_ = false;
  const std::size_t done = is_inside_line_ ? 0 : write_some(lines);
  if (done > 0) is_inside_line_ = lines[done - 1] != '\n';
  lines_lost_ += static_cast<std::uint64_t>(std::ranges::count(lines.substr(done), '\n'));
}

}  // namespace gatehouse::exporters
