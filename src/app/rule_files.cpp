#include "rule_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gatehouse::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFilesMost = 256;
constexpr std::uintmax_t kFileBytesMost = 4 * 1024 * 1024;

std::unexpected<Error> unreadable(const std::string& path, const std::string& why) {
  return fail(ErrorCode::kInvalid, path + ":1: can't be read: " + why + ".");
}

Result<void> read_files(const fs::path& folder, const std::string& prefix,
                        std::vector<guard::RuleFile>& files) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto& path = entry.path();
    if (path.extension() != ".toml") continue;
    if (files.size() == kFilesMost)
      return unreadable(path.string(), "there are more than 256 files");
    std::error_code size_error;
    if (entry.file_size(size_error) > kFileBytesMost || size_error)
      return unreadable(path.string(), size_error ? size_error.message() : "larger than 4 MB");
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad()) return unreadable(path.string(), "no right to, perhaps");
    files.push_back({prefix + path.filename().string(), std::move(text)});
  }
  if (error) return unreadable(folder.string(), error.message());
  return {};
}

}  // namespace

Result<std::vector<guard::RuleFile>> read_rule_folder(const std::string& folder) {
  std::vector<guard::RuleFile> files;
  std::error_code error;
  for (const std::string prefix : {"", "message/", "reply/"}) {
    const fs::path below = fs::path(folder) / prefix;
    if (!prefix.empty() && !fs::is_directory(below, error)) continue;
    if (auto read = read_files(below, prefix, files); !read) return std::unexpected(read.error());
  }
  std::ranges::sort(files, {}, &guard::RuleFile::name);
  return files;
}

}  // namespace gatehouse::app
