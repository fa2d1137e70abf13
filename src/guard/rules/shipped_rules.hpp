// The rules that ship, for tests and benches: read from the source tree.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gatehouse/guard/message_rules.hpp"

namespace gatehouse::guard {

inline std::vector<RuleFile> shipped_rule_files() {
  const std::filesystem::path folder = GATEHOUSE_RULES;
  std::vector<RuleFile> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files.push_back({entry.path().lexically_relative(folder).generic_string(),
                     std::string{std::istreambuf_iterator<char>(file), {}}});
  }
  return files;
}

// Compiled once in a program, since it takes a while.
inline const std::shared_ptr<const MessageRules>& shipped_rules() {
  static const auto kRules = MessageRules::compile(shipped_rule_files()).value();
  return kRules;
}

}  // namespace gatehouse::guard
