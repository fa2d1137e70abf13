#include "rotating_file.hpp"

#include <spdlog/sinks/rotating_file_sink.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::exporters {
namespace {

// Logs name clients, so they are not for every user of the machine. Never the mode of a device.
void make_private(std::FILE* file) {
  struct stat status{};
  const int descriptor = ::fileno(file);
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) ::fchmod(descriptor, 0640);
}

spdlog::file_event_handlers handlers() {
  spdlog::file_event_handlers all;
  all.after_open = [](const spdlog::filename_t&, std::FILE* file) { make_private(file); };
  return all;
}

std::string describe_loss(WallTime now, std::uint64_t count) {
  std::string line;
  JsonWriter(line)
      .begin_object()
      .member("time", to_rfc3339(now))
      .member("level", "warning")
      .member("event", "LOG_LINES_DROPPED")
      .member("message", "Log lines could not be written to this file.")
      .member("count", count)
      .end_object();
  return line;
}

}  // namespace

struct RotatingFile::Sink {
  Sink(const std::string& path, std::size_t bytes_max, std::size_t older_files_max)
      : file(path, bytes_max, older_files_max, false, handlers()) {
    file.set_pattern("%v");
  }
  void write_line(std::string_view line) {
    file.log({spdlog::string_view_t(), spdlog::level::info,
              spdlog::string_view_t(line.data(), line.size())});
  }
  spdlog::sinks::rotating_file_sink_st file;
};

RotatingFile::RotatingFile(const Clock& clock, std::string path, std::size_t bytes_max,
                           std::size_t count_max)
    : clock_(clock), path_(std::move(path)), bytes_max_(bytes_max), count_max_(count_max) {}

RotatingFile::~RotatingFile() = default;

bool RotatingFile::open() {
  if (sink_) return true;
  if (clock_.now() < retry_at_) return false;
  try {
    sink_ = std::make_unique<Sink>(path_, std::max<std::size_t>(bytes_max_, 1),
                                   std::max<std::size_t>(count_max_, 1) - 1);
    return true;
  } catch (const spdlog::spdlog_ex&) {
    give_up();
    return false;
  }
}

// After a failure spdlog's sink may hold no file at all, so it is not used again.
void RotatingFile::give_up() {
  sink_.reset();
  retry_at_ = clock_.now() + std::chrono::seconds(1);
}

void RotatingFile::reopen() {
  sink_.reset();
  retry_at_ = {};
}

void RotatingFile::write(std::string_view lines) {
  if (lines.empty()) return;
  const auto count = static_cast<std::uint64_t>(std::ranges::count(lines, '\n'));
  if (!open()) {
    lines_lost_ += count;
    return;
  }
  try {
    if (lines_lost_ > lines_told_) {
      sink_->write_line(describe_loss(clock_.wall(), lines_lost_ - lines_told_));
    }
    while (!lines.empty()) {
      const auto end = std::min(lines.find('\n'), lines.size());
      sink_->write_line(lines.substr(0, end));
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    // Without it a full disk would show up batches later.
    sink_->file.flush();
    lines_told_ = lines_lost_;
  } catch (const spdlog::spdlog_ex&) {
    lines_lost_ += count;  // how many of the batch are on the disk is not known
    give_up();
  }
}

}  // namespace gatehouse::exporters
