// A log file that is put aside when it is full, over spdlog's rotating sink.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gatehouse/base/clock.hpp"

namespace gatehouse::exporters {

// Never fails towards its caller: lines that can't be written are dropped, and their number stands
// in the file once it can be written again. Tries again every second. One thread only.
class RotatingFile {
 public:
  RotatingFile(const Clock& clock, std::string path, std::size_t bytes_max, std::size_t count_max);
  ~RotatingFile();

  void write(std::string_view lines);  // whole lines
  void reopen();
  std::uint64_t lines_lost() const { return lines_lost_; }

 private:
  struct Sink;
  bool open();
  void give_up();

  const Clock& clock_;
  const std::string path_;
  const std::size_t bytes_max_;
  const std::size_t count_max_;
  std::unique_ptr<Sink> sink_;
  TimePoint retry_at_{};
  std::uint64_t lines_lost_ = 0;
  std::uint64_t lines_told_ = 0;  // of those lost, how many the file knows of
};

}  // namespace gatehouse::exporters
