// Standard output, which may be a terminal, a file or a pipe whose reader is stuck or gone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::exporters {

// Waits a second at most for a reader that does not read, and not at all while it stays stuck; what
// can't be written is dropped. One thread only. The caller's thread blocks SIGPIPE.
class DescriptorOutput {
 public:
  explicit DescriptorOutput(int descriptor) : descriptor_(descriptor) {}

  // Whole lines.
  void write(std::string_view lines);
  std::uint64_t lines_lost() const { return lines_lost_; }

 private:
  // How much of `bytes` was written.
  std::size_t write_some(std::string_view bytes);
  bool wait_until_writable();

  const int descriptor_;
  bool is_stuck_ = false;
  bool is_inside_line_ = false;
  std::uint64_t lines_lost_ = 0;
};

}  // namespace gatehouse::exporters
