#include "data_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace gatehouse::app {

// Two servers in one data folder would take each other's replies for interrupted ones.
Result<int> lock_data_dir(const std::string& path) {
  const std::string file = path + "/gatehouse.lock";
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  const bool is_taken = descriptor >= 0 && errno == EWOULDBLOCK;
  if (descriptor >= 0) close(descriptor);
  if (is_taken) {
    return fail(ErrorCode::kConflict, "Another Gatehouse uses the data folder " + path +
                                          ". Stop it, or choose another with --data-dir.");
  }
  return fail(ErrorCode::kUnavailable, file + ": can't be written: " + std::strerror(errno) + ".");
}

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
