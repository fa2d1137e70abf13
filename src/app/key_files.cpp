#include "key_files.hpp"

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

Result<crypto::SealingKeys> open_sealing_keys(const std::string& path, Random& random) {
  auto keys = read_sealing_keys(path);
  if (keys || keys.error().code != ErrorCode::kNotFound) return keys;
  auto made = crypto::SealingKeys::make(random);
  const auto written = settings::DiskFiles().write_new_private(path, made.text().reveal());
  if (!written) return std::unexpected(written.error());
  return made;
}

}  // namespace gatehouse::app
