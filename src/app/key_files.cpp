#include "key_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "gatehouse/base/text.hpp"
#include "gatehouse/settings/machine.hpp"

namespace gatehouse::app {
namespace {

Result<std::string> read_private(const std::string& path) {
  auto file = settings::DiskFiles().read(path);
  if (!file) return std::unexpected(file.error());
  if (file->is_readable_by_others)
    return fail(ErrorCode::kInvalid, path + " can be read by other users: chmod 600 " + path);
  return std::move(file->text);
}

// Of one process at a time.
class Lock {
 public:
  explicit Lock(const std::string& path)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)),
        is_held_(file_ >= 0 && ::flock(file_, LOCK_EX) == 0) {}
  ~Lock() {
    if (file_ >= 0) ::close(file_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  bool is_held() const { return is_held_; }

 private:
  const int file_;
  const bool is_held_;
};

std::unexpected<Error> cannot_write(const std::string& path) {
  return fail(ErrorCode::kUnavailable, path + ": " + std::strerror(errno) +
                                           ". The folder of the keys must be one that Gatehouse "
                                           "can write to.");
}

// A name that was changed outlives a power cut.
void keep_names(const std::string& folder) {
  const int file =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

}  // namespace

Result<crypto::SigningKey> read_audit_key(const std::string& path) {
  const auto text = read_private(path);
  if (!text) return std::unexpected(text.error());
  auto key = crypto::SigningKey::from_text(trim(*text));
  if (!key) {
    return fail(ErrorCode::kInvalid,
                path +
                    " holds no key. Put the right file there, or move it away: the next start "
                    "makes a new key, which older checkpoints don't have.");
  }
  return std::move(*key);
}

Result<crypto::SigningKey> open_audit_key(const std::string& path, Random& random) {
  auto key = read_audit_key(path);
  if (key || key.error().code != ErrorCode::kNotFound) return key;
  auto made = crypto::SigningKey::make(random);
  const std::string text = std::string(made.seed_text().reveal()) + "\n";
  const auto written = settings::DiskFiles().write_new_private(path, text);
  if (!written) return std::unexpected(written.error());
  return made;
}

Result<crypto::SealingKeys> read_sealing_keys(const std::string& path) {
  const auto text = read_private(path);
  if (!text) return std::unexpected(text.error());
  auto keys = crypto::SealingKeys::from_text(*text);
  if (!keys) {
    return fail(ErrorCode::kInvalid,
                path +
                    " holds no keys. Put the right file there: what they sealed in the store "
                    "can't be read without them.");
  }
  return std::move(*keys);
}

Sealers::Sealers(const crypto::SealingKeys& keys)
    : recordings(keys, kRecordings),
      second_factors(keys, kSecondFactors),
      token_keys(keys, kTokenKeys),
      refresh_families(keys, kRefreshFamilies),
      messages(keys, kMessages),
      replies(keys, kReplies),
      openid_flows(keys, kOpenIdFlows) {}

void Sealers::use(const crypto::SealingKeys& keys) {
  for (auto* const sealer : {&recordings, &second_factors, &token_keys, &refresh_families,
                             &messages, &replies, &openid_flows})
    sealer->use(keys);
}

Result<crypto::SealingKeys> change_sealing_keys(const std::string& path, const ChangeKeys& change) {
  const Lock lock(path + ".lock");
  if (!lock.is_held()) return cannot_write(path + ".lock");
  auto keys = read_sealing_keys(path);
  if (!keys) return keys;
  auto changed = change(*keys);
  if (!changed) return keys;
  // Whole or not at all, whatever happens meanwhile.
  const std::string fresh = path + ".new";
  std::error_code error;
  std::filesystem::remove(fresh, error);
  const auto written = settings::DiskFiles().write_new_private(fresh, changed->text().reveal());
  if (!written) return std::unexpected(written.error());
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return cannot_write(path);
  keep_names(std::filesystem::path(path).parent_path().string());
  return std::move(*changed);
}

Result<crypto::SealingKeys> open_sealing_keys(const std::string& path, Random& random) {
  auto keys = read_sealing_keys(path);
  if (keys || keys.error().code != ErrorCode::kNotFound) return keys;
  auto made = crypto::SealingKeys::make(random);
  const auto written = settings::DiskFiles().write_new_private(path, made.text().reveal());
  if (!written) return std::unexpected(written.error());
  return made;
}

}  // namespace gatehouse::app
