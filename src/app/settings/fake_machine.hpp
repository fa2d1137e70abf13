// An environment and files for tests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gatehouse/settings/machine.hpp"

namespace gatehouse::settings {

class FakeEnvironment final : public Environment {
 public:
  FakeEnvironment() = default;
  FakeEnvironment(std::initializer_list<std::pair<const std::string, std::string>> values)
      : values_(values) {}

  std::optional<std::string> get(std::string_view name) const override {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return found->second;
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> all;
    for (const auto& [name, value] : values_) all.push_back(name);
    return all;
  }
  void set(const std::string& name, std::string value) { values_[name] = std::move(value); }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

class FakeFiles final : public Files {
 public:
  FakeFiles() = default;
  FakeFiles(std::initializer_list<std::pair<const std::string, std::string>> texts) {
    for (const auto& [path, text] : texts) files_[path] = {text, false};
  }

  Result<FileText> read(const std::string& path) const override {
    const auto found = files_.find(path);
    if (found == files_.end()) return fail(ErrorCode::kNotFound, path + ": no such file");
    return found->second;
  }
  bool exists(const std::string& path) const override { return files_.contains(path); }
  Result<void> write_new_private(const std::string& path, std::string_view text) override {
    if (exists(path)) return fail(ErrorCode::kConflict, path + ": is there already");
    if (is_read_only) return fail(ErrorCode::kUnavailable, path + ": read-only file system");
    files_[path] = {std::string(text), false};
    return {};
  }
  void open_to_others(const std::string& path) { files_[path].is_readable_by_others = true; }
  void set(const std::string& path, std::string text) { files_[path] = {std::move(text), false}; }

  bool is_read_only = false;

 private:
  std::map<std::string, FileText> files_;
};

}  // namespace gatehouse::settings
