#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "gatehouse/settings/machine.hpp"

namespace gatehouse::settings {
namespace {

std::unexpected<Error> system_failure(const std::string& path, int reason) {
  const auto code = reason == ENOENT   ? ErrorCode::kNotFound
                    : reason == EEXIST ? ErrorCode::kConflict
                                       : ErrorCode::kUnavailable;
  return fail(code, path + ": " + std::generic_category().message(reason));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  const int number_;
};

Result<void> write_all(const Descriptor& file, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure(path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.number()) != 0) return system_failure(path, errno);
  return {};
}

// New folders are their owner's alone; those that exist keep their mode.
Result<void> make_folders(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (folder.empty() || std::filesystem::exists(folder, ignored)) return {};
  if (auto made = make_folders(folder.parent_path()); !made) return made;
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_failure(folder.string(), errno);
  }
  return {};
}

}  // namespace

Result<FileText> DiskFiles::read(const std::string& path) const {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return system_failure(path, errno);
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return system_failure(path, errno);
  FileText result;
  result.is_readable_by_others = (status.st_mode & 0077) != 0;
  char block[16 * 1024];
  while (true) {
    const auto count = ::read(file.number(), block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(path, errno);
    if (count == 0) return result;
    result.text.append(block, static_cast<std::size_t>(count));
    if (result.text.size() > kSettingsFileBytesMax) {
      return fail(ErrorCode::kTooLarge, path + ": larger than 1 MB");
    }
  }
}

bool DiskFiles::exists(const std::string& path) const {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

Result<void> DiskFiles::write_new_private(const std::string& path, std::string_view text) {
  std::error_code ignored;
  const auto folder = std::filesystem::path(path).lexically_normal().parent_path();
  if (auto made = make_folders(folder); !made) return made;
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.number() < 0) return system_failure(path, errno);
  auto written = write_all(file, path, text);
  // A half-written file would be taken for a whole one by the next start.
  if (!written) std::filesystem::remove(path, ignored);
  return written;
}

}  // namespace gatehouse::settings
