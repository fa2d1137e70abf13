#include "audit_key.hpp"

#include "gatehouse/base/text.hpp"
#include "gatehouse/settings/machine.hpp"

namespace gatehouse::app {

Result<crypto::SigningKey> read_audit_key(const std::string& path) {
  const auto file = settings::DiskFiles().read(path);
  if (!file) return std::unexpected(file.error());
  if (file->is_readable_by_others)
    return fail(ErrorCode::kInvalid, path + " can be read by other users: chmod 600 " + path);
  auto key = crypto::SigningKey::from_text(trim(file->text));
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

}  // namespace gatehouse::app
