#include "gatehouse/telemetry/log.hpp"

#include <utility>

#include "gatehouse/base/text.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/telemetry/redact.hpp"

namespace gatehouse::telemetry {
namespace {

std::string valid_text(std::string_view text) {
  if (scan_utf8(text).is_valid) return std::string(text);
  return "hex:" + to_hex(text.substr(0, 256));
}

void write_field(JsonWriter& json, const LogField& field) {
  json.key(field.name);
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    if (names_a_secret(field.name)) {
      json.string("[redacted]");
    } else {
      json.string(redact(valid_text(*text)));
    }
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    json.number(*number);
  } else {
    json.boolean(std::get<bool>(field.value));
  }
}

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

void LogRing::push(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (lines_.size() + line.size() + 1 > kCapacityBytes) {
    ++dropped_;
    return;
  }
  lines_.append(line) += '\n';
}

std::uint64_t LogRing::drain(std::string& lines) {
  const std::lock_guard lock(mutex_);
  lines.append(lines_);
  lines_.clear();
  return std::exchange(dropped_, 0);
}

void Log::write(Level level, std::string_view name, std::string_view message,
                std::initializer_list<LogField> fields) {
  if (!is_on(level)) return;
  std::string line;
  JsonWriter json(line);
  json.begin_object()
      .member("time", to_rfc3339(clock_.wall()))
      .member("level", name_of(level))
      .member("event", name)
      .member("message", redact(valid_text(message)));
  for (const auto& field : fields) write_field(json, field);
  json.end_object();
  ring_->push(line);
}

}  // namespace gatehouse::telemetry
