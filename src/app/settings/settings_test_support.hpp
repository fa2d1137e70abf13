// What the tests of settings share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "fake_machine.hpp"
#include "gatehouse/settings/load.hpp"

namespace gatehouse::settings {

// Random enough for every rule.
inline const std::string kGoodSecret = "Vq7-test-Zw3kPx9Lm2RtYb8NcHf5JdA4";

inline const Problem* find_problem(const Loaded& loaded, std::string_view key) {
  for (const auto& problem : loaded.problems) {
    if (problem.setting == key) return &problem;
  }
  return nullptr;
}

inline testing::AssertionResult has_problem(const Loaded& loaded, std::string_view key,
                                            std::string_view piece, bool is_fatal) {
  auto seen = testing::AssertionFailure() << "problems:";
  for (const auto& problem : loaded.problems) {
    const bool is_it = problem.setting == key && problem.is_fatal == is_fatal &&
                       problem.message.find(piece) != std::string::npos;
    if (is_it) return testing::AssertionSuccess();
    seen << "\n  " << (problem.is_fatal ? "[fatal] " : "[warning] ") << problem.setting << ": "
         << problem.message;
  }
  return seen;
}

inline testing::AssertionResult stops(const Loaded& loaded, std::string_view key,
                                      std::string_view piece = {}) {
  return has_problem(loaded, key, piece, true);
}

inline testing::AssertionResult warns(const Loaded& loaded, std::string_view key,
                                      std::string_view piece = {}) {
  return has_problem(loaded, key, piece, false);
}

inline const Entry& entry_of(const Loaded& loaded, std::string_view key) {
  return loaded.entries[static_cast<std::size_t>(find_setting(key) - all_settings().data())];
}

inline Loaded load_environment(const FakeEnvironment& environment, const FakeFiles& files = {}) {
  return load(environment, files, {});
}

inline Loaded load_toml(const std::string& text) {
  return load(FakeEnvironment(), FakeFiles{{"gatehouse.toml", text}}, {});
}

}  // namespace gatehouse::settings
