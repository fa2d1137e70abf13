// gatehouse.toml: its text to values of the table, each with its line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/settings/load.hpp"

namespace gatehouse::settings {

struct FileValue {
  const Setting* setting = nullptr;
  Value value;
  std::uint32_t line = 0;
};

struct FileValues {
  std::vector<FileValue> values;
  std::vector<Problem> problems;
};

// `path` is for messages only.
FileValues read_toml(std::string_view text, const std::string& path);

}  // namespace gatehouse::settings
