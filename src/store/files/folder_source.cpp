#include "gatehouse/store/files/folder_source.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/document.hpp"

namespace gatehouse::store::files {
namespace {

using knowledge::SourceFile;
using knowledge::SourceListing;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

using Folder = std::unique_ptr<DIR, decltype([](DIR* folder) { ::closedir(folder); })>;

Descriptor open_root(const std::string& folder) {
  return Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// Opens a file below `root`, following links only as long as they stay there. The kernel checks
// each step, so nothing can be swapped in between; a kernel without the call (before 5.6) refuses
// all links.
Descriptor open_beneath(int root, const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  open_how how{};
  how.flags = static_cast<std::uint64_t>(kFlags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  Descriptor file(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
  if (file.is_open() || (errno != ENOSYS && errno != EPERM)) return file;
  Descriptor at(::fcntl(root, F_DUPFD_CLOEXEC, 0));
  for (const auto part : split(path, '/')) {
    if (!at.is_open() || part == "..") return Descriptor(-1);
    at = Descriptor(::openat(at.get(), std::string(part).c_str(), kFlags | O_NOFOLLOW));
  }
  return at;
}

std::string reason_of(int error) {
  return std::string("It can't be read: ") + std::strerror(error) + ".";
}

class Walk {
 public:
  explicit Walk(std::string root) : root_(std::move(root)) {}

  Result<SourceListing> run() {
    auto root = open_root(root_);
    if (!root.is_open()) {
      return fail(ErrorCode::kUnavailable, "The folder of documents can't be read.",
                  root_ + ": " + std::strerror(errno));
    }
    root_descriptor_ = Descriptor(::fcntl(root.get(), F_DUPFD_CLOEXEC, 0));
    enter(std::move(root), "", 0);
    std::ranges::sort(listing_.files, {}, &SourceFile::name);
    return std::move(listing_);
  }

 private:
  // Recursion is bounded by kMaxSourceDepth.
  void enter(Descriptor folder, const std::string& prefix, std::size_t depth) {
    Folder entries(::fdopendir(folder.get()));
    if (!entries) return skip(prefix, reason_of(errno));
    const int descriptor = folder.release();  // now owned by `entries`
    while (const dirent* entry = ::readdir(entries.get())) {
      const std::string_view name = entry->d_name;
      if (name.starts_with('.')) continue;
      look_at(descriptor, name, prefix + std::string(name), depth);
      if (is_full_) return;
    }
  }

  void look_at(int folder, std::string_view name, const std::string& path, std::size_t depth) {
    struct stat status{};
    const std::string local(name);
    if (::fstatat(folder, local.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (S_ISDIR(status.st_mode)) {
      if (depth >= knowledge::kMaxSourceDepth) return skip(path, "The folder lies too deep.");
      Descriptor child(
          ::openat(folder, local.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!child.is_open()) return skip(path, reason_of(errno));
      return enter(std::move(child), path + "/", depth + 1);
    }
    if (knowledge::media_type_of(path).empty()) return;
    if (!scan_utf8(path).is_valid) return skip("(a name that is not UTF-8)", "Rename the file.");
    if (S_ISLNK(status.st_mode)) {
      const auto target = open_beneath(root_descriptor_.get(), path);
      if (!target.is_open() || ::fstat(target.get(), &status) != 0) {
        return skip(path, "It is a link that leads out of the folder. Copy the file here instead.");
      }
    }
    if (!S_ISREG(status.st_mode)) return;
    if (listing_.files.size() >= knowledge::kMaxSourceFiles) {
      is_full_ = true;
      return skip(path, "The folder holds more than 100,000 documents; the rest is left out.");
    }
    listing_.files.push_back(
        {.name = path,
         .size_bytes = static_cast<std::uint64_t>(status.st_size),
         .modified_ms = status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000});
  }

  void skip(std::string name, std::string reason) {
    if (listing_.skipped.size() >= knowledge::kMaxSkippedFiles) return;
    listing_.skipped.push_back({.name = std::move(name), .reason = std::move(reason)});
  }

  const std::string root_;
  Descriptor root_descriptor_{-1};
  SourceListing listing_;
  bool is_full_ = false;
};

}  // namespace

FolderSource::FolderSource(std::string folder) : folder_(std::move(folder)) {}

Result<SourceListing> FolderSource::list() { return Walk(folder_).run(); }

Result<std::string> FolderSource::read(std::string_view name) {
  const auto root = open_root(folder_);
  const auto at = open_beneath(root.get(), std::string(name));
  struct stat status{};
  if (!at.is_open() || ::fstat(at.get(), &status) != 0) {
    return fail(ErrorCode::kNotFound, reason_of(errno));
  }
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kNotFound, "It is not a file.");
  std::string bytes;
  while (bytes.size() <= knowledge::kMaxDocumentBytes) {
    constexpr std::size_t kReadBytes = 256u << 10;
    const auto had = bytes.size();
    bytes.resize(had + kReadBytes);
    const auto got = ::read(at.get(), bytes.data() + had, kReadBytes);
    bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::kUnavailable, reason_of(errno));
    if (got == 0) return bytes;
  }
  return fail(ErrorCode::kTooLarge, "It is larger than 8 MB.");
}

}  // namespace gatehouse::store::files
