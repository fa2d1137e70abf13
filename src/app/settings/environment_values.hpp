// What the environment says about a setting, under all its names and their _FILE forms.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gatehouse/settings/load.hpp"
#include "secret_reader.hpp"

namespace gatehouse::settings {

class EnvironmentReader {
 public:
  EnvironmentReader(const Environment& environment, const Files& files, SecretReader& secrets,
                    std::vector<Problem>& problems)
      : environment_(environment), files_(files), secrets_(secrets), problems_(problems) {}

  // Folders in which each file is a secret, named as its setting is here or by its key. Their files
  // count as the environment does.
  void use_secret_folders(std::vector<std::string> folders) { folders_ = std::move(folders); }

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
    bool is_of_file = false;  // then it is the secret itself, whatever it looks like
  };
  std::vector<Given> given(const Setting& setting);
  void add_of_folders(const Setting& setting, std::vector<Given>& found);
  std::optional<Sourced> value_of(const Setting& setting, const Given& one);
  std::optional<std::string> read_secret_file(const std::string& name, const std::string& path);
  std::optional<Sourced> combine_address(const Setting& setting, const std::vector<Given>& given,
                                         const Value& below);
  void report(std::string name, std::string message, bool is_fatal = true);

  const Environment& environment_;
  const Files& files_;
  SecretReader& secrets_;
  std::vector<Problem>& problems_;
  std::vector<std::string> folders_;
};

}  // namespace gatehouse::settings
