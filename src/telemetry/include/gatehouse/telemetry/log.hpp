// Structured logs: one JSON object a line, written to a ring and carried away by another thread.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "gatehouse/base/clock.hpp"

namespace gatehouse::telemetry {

enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError };
std::string_view name_of(Level level);

// Event names that operators search and alert on.
namespace event {
inline constexpr std::string_view kSecurityAlert = "SECURITY_ALERT";
inline constexpr std::string_view kRateLimitExceeded = "RATE_LIMIT_EXCEEDED";
inline constexpr std::string_view kValidationError = "VALIDATION_ERROR";
inline constexpr std::string_view kAuthFailed = "AUTH_FAILED";
}  // namespace event

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, bool> value;

  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text) : name(field), value(std::string_view(text)) {}
  LogField(std::string_view field, const std::string& text)
      : name(field), value(std::string_view(text)) {}
  LogField(std::string_view field, bool flag) : name(field), value(flag) {}
  template <std::integral Number>
  LogField(std::string_view field, Number number)
      : name(field), value(static_cast<std::int64_t>(number)) {}
};

// Lines between the threads that log and the one that writes: bounded, and what doesn't fit is
// counted. Any number of writers; each worker has a ring of its own, so they don't meet.
class LogRing {
 public:
  static constexpr std::size_t kCapacityBytes = 512 * 1024;

  void push(std::string_view line);
  // Moves what is there to `lines` and returns how many were dropped since the last time.
  std::uint64_t drain(std::string& lines);

 private:
  std::mutex mutex_;
  std::string lines_;
  std::uint64_t dropped_ = 0;
};

// Writes events into a ring. Values that look like credentials are masked by the name of their
// field (see redact.hpp); control characters and line breaks are escaped by JSON. Safe from any
// thread.
class Log {
 public:
  Log(const Clock& clock, Level least, std::shared_ptr<LogRing> ring)
      : clock_(clock), least_(least), ring_(std::move(ring)) {}

  bool is_on(Level level) const { return level >= least_.load(std::memory_order_relaxed); }
  void set_least(Level least) { least_.store(least, std::memory_order_relaxed); }
  // `name` is a stable word for the kind of event, `message` a sentence.
  void write(Level level, std::string_view name, std::string_view message,
             std::initializer_list<LogField> fields = {});

  void debug(std::string_view name, std::string_view message,
             std::initializer_list<LogField> fields = {}) {
    if (is_on(Level::kDebug)) write(Level::kDebug, name, message, fields);
  }
  void info(std::string_view name, std::string_view message,
            std::initializer_list<LogField> fields = {}) {
    if (is_on(Level::kInfo)) write(Level::kInfo, name, message, fields);
  }
  void warning(std::string_view name, std::string_view message,
               std::initializer_list<LogField> fields = {}) {
    write(Level::kWarning, name, message, fields);
  }
  void error(std::string_view name, std::string_view message,
             std::initializer_list<LogField> fields = {}) {
    write(Level::kError, name, message, fields);
  }

 private:
  const Clock& clock_;
  std::atomic<Level> least_;
  std::shared_ptr<LogRing> ring_;
};

}  // namespace gatehouse::telemetry
