#include "gatehouse/exporters/log_writer.hpp"

#include <csignal>
#include <utility>

#include "descriptor_output.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "log_text.hpp"
#include "rotating_file.hpp"

namespace gatehouse::exporters {

LogWriter::LogWriter(const Clock& clock, LogWriterSettings settings,
                     std::vector<std::shared_ptr<telemetry::LogRing>> rings,
                     telemetry::Counters* counters)
    : clock_(clock),
      settings_(std::move(settings)),
      rings_(std::move(rings)),
      counters_(counters),
      thread_("log", 1, 1) {
  if (settings_.standard_output != LogWriterSettings::Form::kOff) {
    standard_output_ = std::make_unique<DescriptorOutput>(settings_.standard_output_descriptor);
  }
  if (!settings_.file_path.empty()) {
    file_ = std::make_unique<RotatingFile>(clock_, settings_.file_path, settings_.file_bytes,
                                           settings_.file_count);
  }
  thread_.submit([this] { run(); });
}

LogWriter::~LogWriter() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
  changed_.notify_all();
}

void LogWriter::flush() {
  std::unique_lock lock(mutex_);
  const auto asked = ++rounds_asked_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return rounds_done_ >= asked; });
}

void LogWriter::reopen() {
  {
    const std::lock_guard lock(mutex_);
    must_reopen_ = true;
  }
  flush();
}

void LogWriter::run() {
  // Signals are for the main thread; blocked, SIGPIPE becomes the error of the write.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);

  bool is_last = false;
  while (!is_last) {
    std::uint64_t round = 0;
    bool must_reopen = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, settings_.interval,
                        [this] { return is_stopping_ || rounds_asked_ > rounds_done_; });
      is_last = is_stopping_;
      round = rounds_asked_;
      must_reopen = std::exchange(must_reopen_, false);
    }
    if (must_reopen && file_) file_->reopen();
    carry();
    const std::lock_guard lock(mutex_);
    rounds_done_ = round;
    changed_.notify_all();
  }
}

void LogWriter::carry() {
  std::string lines;
  std::uint64_t dropped = 0;
  for (const auto& ring : rings_) dropped += ring->drain(lines);
  if (dropped > 0) report_dropped(dropped, lines);
  // Also without lines: what failed before may work again.
  if (standard_output_ && settings_.standard_output == LogWriterSettings::Form::kText) {
    standard_output_->write(to_log_text(lines));
  } else if (standard_output_) {
    standard_output_->write(lines);
  }
  if (file_) file_->write(lines);
}

void LogWriter::report_dropped(std::uint64_t count, std::string& lines) {
  lines_dropped_.fetch_add(count, std::memory_order_relaxed);
  if (counters_ != nullptr) counters_->add(telemetry::Counter::kLogLinesDropped, count);
  JsonWriter(lines)
      .begin_object()
      .member("time", to_rfc3339(clock_.wall()))
      .member("level", telemetry::name_of(telemetry::Level::kWarning))
      .member("event", "LOG_LINES_DROPPED")
      .member("message", "Log lines came faster than they could be written.")
      .member("count", count)
      .end_object();
  lines += '\n';
}

}  // namespace gatehouse::exporters
