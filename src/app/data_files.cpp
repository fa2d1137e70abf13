#include "data_files.hpp"

#include <filesystem>

namespace gatehouse::app {

Result<store::sqlite::StoreFile> open_existing_store(const std::string& data_dir) {
  const std::string path = store_path(data_dir);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return fail(ErrorCode::kNotFound,
                "There is no store in " + data_dir + ": name the server's folder with --data-dir.");
  }
  return store::sqlite::open_store_file(path);
}

}  // namespace gatehouse::app
