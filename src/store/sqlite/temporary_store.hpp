// For tests and benches: a store in a folder of its own that goes with it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "gatehouse/store/sqlite/conversations.hpp"
#include "gatehouse/store/sqlite/store_file.hpp"

namespace gatehouse::store::sqlite {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("gatehouse-store-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string file(const std::string& name = "store.db") const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Throws bad_expected_access if the file can't be opened.
struct OpenStore {
  explicit OpenStore(const std::string& path, const StoreFileOptions& options = {})
      : file(open_store_file(path, options).value()), conversations(*file.writer, *file.readers) {}

  StoreFile file;
  Conversations conversations;
};

struct TemporaryStore {
  explicit TemporaryStore(const StoreFileOptions& options = {}) : open(folder.file(), options) {}

  TemporaryFolder folder;
  OpenStore open;
};

}  // namespace gatehouse::store::sqlite
