// Carries log lines from the rings to standard output and to a rotating file.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/telemetry/counters.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::exporters {

class DescriptorOutput;
class RotatingFile;

struct LogWriterSettings {
  enum class Form : std::uint8_t { kJson, kText, kOff };

  Form standard_output = Form::kJson;
  int standard_output_descriptor = 1;
  std::string file_path;  // empty: no file; older ones are name.1.log, name.2.log …
  std::size_t file_bytes = 10 * 1024 * 1024;
  std::size_t file_count = 10;  // the current one included
  Duration interval = std::chrono::milliseconds(50);
};

// Has a thread of its own, so a full disk or a stuck pipe holds nobody up: the rings fill, lines
// are dropped and counted, and the count is logged as LOG_LINES_DROPPED. Failed files are tried
// again every second. The destructor writes what is in the rings, within about a second. All calls
// are safe from any thread, none from a signal handler.
class LogWriter {
 public:
  // `counters`, if given, gets kLogLinesDropped and belongs to this writer alone.
  LogWriter(const Clock& clock, LogWriterSettings settings,
            std::vector<std::shared_ptr<telemetry::LogRing>> rings,
            telemetry::Counters* counters = nullptr);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Returns when what was logged before the call is written, or could not be.
  void flush();
  // For SIGHUP: the file is opened anew under its name. Nothing is lost.
  void reopen();
  std::uint64_t lines_dropped() const { return lines_dropped_.load(std::memory_order_relaxed); }

 private:
  void run();
  void carry();
  void report_dropped(std::uint64_t count, std::string& lines);

  const Clock& clock_;
  const LogWriterSettings settings_;
  const std::vector<std::shared_ptr<telemetry::LogRing>> rings_;
  telemetry::Counters* const counters_;
  std::atomic<std::uint64_t> lines_dropped_ = 0;
  std::unique_ptr<DescriptorOutput> standard_output_;
  std::unique_ptr<RotatingFile> file_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t rounds_asked_ = 0;
  std::uint64_t rounds_done_ = 0;
  bool must_reopen_ = false;
  bool is_stopping_ = false;
  async::BlockingPool thread_;  // the last member: joined before the others go
};

}  // namespace gatehouse::exporters
