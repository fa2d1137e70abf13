// gatehouse-settings-docs [--check] <folder>: writes the files made from the table of settings into
// the repository's root, or fails when those there are not what the table says.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "gatehouse/settings/commands.hpp"

namespace {

bool is_current(const std::string& path, std::string_view text) {
  std::ifstream file(path, std::ios::binary);
  const std::string found{std::istreambuf_iterator<char>(file), {}};
  if (file.is_open() && found == text) return true;
  std::fprintf(stderr,
               "%s is not what the table of settings says. Run: gatehouse-settings-docs .\n",
               path.c_str());
  return false;
}

bool write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return true;
  std::fprintf(stderr, "Can't write %s.\n", path.c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  namespace settings = gatehouse::settings;
  const bool is_check = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != 2 && !is_check) {
    std::fputs("usage: gatehouse-settings-docs [--check] <folder>\n", stderr);
    return 2;
  }
  const std::string root = argv[argc - 1];
  const auto handle = is_check ? is_current : write_file;
  bool is_fine = handle(root + "/gatehouse.example.toml", settings::settings_toml_example());
  is_fine = handle(root + "/.env.example", settings::env_example()) && is_fine;
  is_fine = handle(root + "/docs/configuration.md", settings::settings_markdown()) && is_fine;
  return is_fine ? 0 : 1;
}
