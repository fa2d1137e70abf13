// What the environment says about a setting, under all its names and their _FILE forms.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gatehouse/settings/load.hpp"

namespace gatehouse::settings {

struct Sourced {
  Value value;
  std::string source;
};

class EnvironmentReader {
 public:
  EnvironmentReader(const Environment& environment, const Files& files,
                    std::vector<Problem>& problems)
      : environment_(environment), files_(files), problems_(problems) {}

  // Nothing when no name is set, or what is set is wrong. `below` is what the file or the default
  // says: the rest of an address of which the environment sets one half.
  std::optional<Sourced> read(const Setting& setting, const Value& below);
  // The names of a feature that is not built yet.
  void refuse_later(const Setting& setting);
  // Warns of names that look like misspelled ones of ours. Others may be another program's.
  void report_misspelled();

 private:
  struct Given {
    std::string name;
    std::string text;
    Part part = Part::kWhole;
  };
  std::vector<Given> given(const Setting& setting);
  std::optional<std::string> read_secret_file(const std::string& name, const std::string& path);
  std::optional<Sourced> combine_address(const Setting& setting, const std::vector<Given>& given,
                                         const Value& below);
  void report(std::string name, std::string message, bool is_fatal = true);

  const Environment& environment_;
  const Files& files_;
  std::vector<Problem>& problems_;
};

}  // namespace gatehouse::settings
