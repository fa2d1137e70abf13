// The only file that reads the environment.
#include <unistd.h>

#include <cstdlib>

#include "gatehouse/settings/machine.hpp"

namespace gatehouse::settings {

std::optional<std::string> ProcessEnvironment::get(std::string_view name) const {
  // Read at the start, before there are threads that could change it.
  const char* value = std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::vector<std::string> ProcessEnvironment::names() const {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    names.emplace_back(text.substr(0, text.find('=')));
  }
  return names;
}

}  // namespace gatehouse::settings
