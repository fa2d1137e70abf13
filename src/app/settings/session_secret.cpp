#include <algorithm>
#include <utility>

#include "gatehouse/base/text.hpp"
#include "gatehouse/settings/load.hpp"

namespace gatehouse::settings {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretCharactersMin = 32;

Result<Secret> read_secret(const Files& files, const std::string& path) {
  auto file = files.read(path);
  if (!file) return std::unexpected(file.error());
  const auto text = trim(file->text);
  if (text.size() < kSecretCharactersMin) {
    return fail(ErrorCode::kInvalid, path +
                                         " holds no secret of 32 characters. Delete it: the next "
                                         "start makes a new one, and sessions begin anew.");
  }
  if (file->is_readable_by_others) {
    return fail(ErrorCode::kInvalid,
                path + " can be read by other users. Delete it, or: chmod 600 " + path);
  }
  return Secret(std::string(text));
}

}  // namespace

Result<std::string> provide_session_secret(Loaded& loaded, Files& files, Random& random) {
  auto& settings = loaded.settings;
  if (!settings.session.secret.is_empty()) return std::string();
  const auto path = settings.data_dir + "/session.secret";
  if (settings.is_production()) {
    return fail(ErrorCode::kInvalid, "session.secret is missing. Set SESSION_SECRET.");
  }
  auto secret = read_secret(files, path);
  bool is_new = false;
  if (!secret && secret.error().code == ErrorCode::kNotFound) {
    const auto made = files.write_new_private(path, random_token(random, kSecretBytes) + "\n");
    // Another start at the same moment may have been first: then its secret counts.
    if (!made && made.error().code != ErrorCode::kConflict) return std::unexpected(made.error());
    is_new = made.has_value();
    secret = read_secret(files, path);
  }
  if (!secret) return std::unexpected(secret.error());

  const auto entry = std::ranges::find(loaded.entries, std::string_view("session.secret"),
                                       [](const Entry& one) { return one.setting->key; });
  entry->value = *secret;
  entry->source = "made for development, " + path;
  settings.session.secret = std::move(*secret);
  return (is_new ? "No SESSION_SECRET is set, so one was made and kept in "
                 : "No SESSION_SECRET is set, so the one made earlier is used: ") +
         path + ". Production needs one of its own.";
}

}  // namespace gatehouse::settings
