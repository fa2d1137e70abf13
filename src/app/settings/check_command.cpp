#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "gatehouse/settings/commands.hpp"
#include "values.hpp"

namespace gatehouse::settings {
namespace {

void append_padded(std::string& out, std::string_view text, std::size_t width) {
  out += text;
  const auto characters = scan_utf8(text).characters;
  out.append(characters < width ? width - characters : 0, ' ');
}

// One line, whatever is in it: a terminal must not obey a value.
std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return out;
}

struct Row {
  std::string key;
  std::string value;
  std::string source;
};

std::vector<Row> rows_of(const Loaded& loaded) {
  std::vector<Row> rows = {{"setting", "value", "source"}};
  for (const auto& entry : loaded.entries) {
    const auto& setting = *entry.setting;
    if (setting.status == Status::kLater) continue;
    Row row{std::string(setting.key), on_one_line(show(setting, entry.value)), entry.source};
    // Development makes its own at the start, which a check must not do.
    if (setting.key == "session.secret" && is_unset(entry.value) &&
        !loaded.settings.is_production()) {
      row.value = "made at the start";
      row.source = "development";
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string table_of(const Loaded& loaded) {
  constexpr std::size_t kValueWidthMax = 40;
  const auto rows = rows_of(loaded);
  std::size_t key_width = 0;
  std::size_t value_width = 0;
  for (const auto& row : rows) {
    key_width = std::max(key_width, row.key.size());
    value_width = std::max(value_width, std::min(scan_utf8(row.value).characters, kValueWidthMax));
  }
  std::string out;
  for (const auto& row : rows) {
    append_padded(out, row.key, key_width + 2);
    append_padded(out, row.value, value_width + 2);
    out += row.source + "\n";
  }
  return out;
}

std::string list_of(const Loaded& loaded, bool is_fatal) {
  std::string out;
  for (const auto& problem : loaded.problems) {
    if (problem.is_fatal != is_fatal) continue;
    out += "  " + on_one_line(problem.setting) + ": " + on_one_line(problem.message) + "\n";
  }
  return out;
}

}  // namespace

std::string describe_problems(const Loaded& loaded) {
  std::string out;
  if (const auto fatal = list_of(loaded, true); !fatal.empty()) {
    out += "What stops the start:\n" + fatal;
  }
  if (const auto unsafe = list_of(loaded, false); !unsafe.empty()) {
    out += "What is not safe or does nothing:\n" + unsafe;
  }
  return out;
}

CommandResult check(const Loaded& loaded) {
  CommandResult result;
  result.text = table_of(loaded) + "\n";
  const auto problems = describe_problems(loaded);
  result.text += problems.empty() ? "Everything is in order.\n" : problems;
  result.exit_code = loaded.can_start() ? 0 : 1;
  return result;
}

}  // namespace gatehouse::settings
