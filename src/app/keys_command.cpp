#include "keys_command.hpp"

#include <unistd.h>

#include <filesystem>

#include "at_rest.hpp"
#include "data_files.hpp"
#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/store/sqlite/audit_log.hpp"
#include "gatehouse/store/sqlite/token_keys.hpp"
#include "house.hpp"
#include "key_files.hpp"

namespace gatehouse::app {
namespace {

using identity::StoredTokenKey;
using settings::CommandResult;
using settings::refused;

std::string line_of(const StoredTokenKey& key, WallTime now) {
  std::string line = key.kid + "  " + std::string(crypto::name_of(key.algorithm));
  if (!key.accepted_until) {
    line += "  signs";
  } else if (key.is_accepted(now)) {
    line += "  accepted until " + to_rfc3339(*key.accepted_until);
  } else {
    line += "  accepted no more";
  }
  return line + "  since " + to_rfc3339(key.created_at) + "\n";
}

// All that is sealed, for the time of a command.
class SealedStore {
 public:
  SealedStore(const settings::Settings& settings, store::sqlite::StoreFile& store,
              const crypto::SealingKeys& keys)
      : settings_(settings), store_(store), keys_(keys), sealers_(keys) {}

  Result<void> open() {
    const std::string path = recordings_path(settings_.data_dir);
    if (std::error_code error; std::filesystem::exists(path, error)) {
      auto opened = store::sqlite::Recordings::open(path, sealers_.recordings, {}, random_);
      if (!opened) return std::unexpected(opened.error());
      recordings_ = std::move(*opened);
    }
    at_rest_.emplace(settings_.store_key_file, keys_, sealers_,
                     store::sqlite::SealedRows(
                         *store_.writer, *store_.readers,
                         {sealers_.second_factors, sealers_.token_keys, sealers_.refresh_families,
                          sealers_.messages},
                         {sealers_.messages, settings_.chat.seals_texts, random_}, random_),
                     recordings_.get(), SystemClock().now());
    return {};
  }
  Result<std::uint64_t> outdated() {
    return async::answer_of([&](async::Worker& worker) { return at_rest_->outdated(worker); });
  }
  Result<AtRestNews> seal_anew() {
    return async::answer_of(
        [&](async::Worker& worker) { return at_rest_->finish(worker, files_); });
  }

 private:
  const settings::Settings& settings_;
  store::sqlite::StoreFile& store_;
  const crypto::SealingKeys& keys_;
  SecureRandom random_;
  Sealers sealers_;
  async::BlockingPool files_{"files", 1, 4};
  std::unique_ptr<store::sqlite::Recordings> recordings_;
  std::optional<AtRest> at_rest_;
};

Result<std::string> lines_of_sealing_keys(const settings::Settings& settings,
                                          store::sqlite::StoreFile& store) {
  const auto keys = read_sealing_keys(settings.store_key_file);
  if (!keys) return std::unexpected(keys.error());
  std::string text;
  for (const auto& key : keys->all()) {
    text += "sealing key " + std::to_string(key.id) +
            (key.id == keys->newest().id ? "  seals\n" : "  opens what is not sealed anew yet\n");
  }
  if (keys->all().size() == 1) return text;
  SealedStore sealed(settings, store, *keys);
  if (const auto opened = sealed.open(); !opened) return std::unexpected(opened.error());
  const auto left = sealed.outdated();
  if (!left) return std::unexpected(left.error());
  return text + "Still to be sealed anew: " + std::to_string(*left) + "\n";
}

CommandResult list(const settings::Settings& settings, store::sqlite::StoreFile& store) {
  store::sqlite::TokenKeys keys(*store.writer);
  const auto all =
      async::answer_of([&](async::Worker& worker) { return keys.list(worker, "default"); });
  if (!all) return refused(all.error().for_log());
  std::string text;
  for (const auto& key : *all) text += line_of(key, SystemClock().wall());
  if (text.empty()) text = "There are no keys of tokens. The first start makes one.\n";
  const auto sealing = lines_of_sealing_keys(settings, store);
  if (!sealing) return refused(sealing.error().for_log());
  return {text + *sealing};
}

// A rotation that was not finished is finished, and no third key is made.
Result<crypto::SealingKeys> add_sealing_key(const settings::Settings& settings, Random& random) {
  return change_sealing_keys(
      settings.store_key_file,
      [&](const crypto::SealingKeys& keys) -> std::optional<crypto::SealingKeys> {
        if (keys.all().size() > 1) return std::nullopt;
        return keys.rotated(random);
      });
}

CommandResult seal_anew(const settings::Settings& settings, store::sqlite::StoreFile& store,
                        const crypto::SealingKeys& keys) {
  SealedStore sealed(settings, store, keys);
  if (const auto opened = sealed.open(); !opened) return refused(opened.error().for_log());
  const auto done = sealed.seal_anew();
  if (!done) return refused(done.error().for_log());
  std::string text = "Sealed anew: " + std::to_string(done->resealed) + ". The keys before key " +
                     std::to_string(done->newest_key) + " are gone.\n";
  if (done->unreadable > 0) {
    text += std::to_string(done->unreadable) +
            " could not be read with any key, and were left as they are.\n";
  }
  return {text};
}

CommandResult rotate_at_rest(const settings::Settings& settings, store::sqlite::StoreFile& store) {
  SecureRandom random;
  const auto keys = add_sealing_key(settings, random);
  if (!keys) return refused(keys.error().for_log());
  const std::string name = std::to_string(keys->newest().id);
  audit::Event event{.at = SystemClock().wall(),
                     .action = std::string(audit::action::kKeysRotated),
                     .actor = "command_line",
                     .subject = "sealing_key:" + name,
                     .detail = "at_rest"};
  store::sqlite::AuditLog log(*store.writer, *store.readers);
  const auto recorded =
      async::answer_of([&](async::Worker& worker) { return log.append(worker, std::move(event)); });
  if (!recorded) return refused(recorded.error().for_log());
  const auto lock = lock_data_dir(settings.data_dir);
  if (!lock) {
    if (lock.error().code != ErrorCode::kConflict) return refused(lock.error().for_log());
    return {"Key " + name +
            " seals from now on. The server that runs here seals anew what is there, and then "
            "drops the keys before. `gatehouse keys list` shows how far it is.\n"};
  }
  auto result = seal_anew(settings, store, *keys);
  ::close(*lock);
  return result;
}

CommandResult rotate(store::sqlite::TokenKeys& keys, const settings::Settings& settings,
                     bool ends_all) {
  const auto sealing = read_sealing_keys(settings.store_key_file);
  if (!sealing) return refused(sealing.error().for_log());
  SecureRandom random;
  const WallTime now = SystemClock().wall();
  auto rotation = identity::make_rotation(token_algorithm(settings), ends_all,
                                          crypto::Sealer(*sealing, kTokenKeys), now, random);
  const std::string kid = rotation.fresh.kid;
  const WallTime until = rotation.others_until;
  audit::Event event{.at = now,
                     .action = std::string(audit::action::kKeysRotated),
                     .actor = "command_line",
                     .subject = "token_key:" + kid,
                     .detail = ends_all ? "now" : ""};
  const auto rotated = async::answer_of([&](async::Worker& worker) {
    return keys.rotate(worker, std::move(rotation), std::move(event));
  });
  if (!rotated) return refused(rotated.error().for_log());
  if (ends_all)
    return {kid + " signs from now on. No token from before holds: all clients sign in again.\n"};
  return {kid + " signs from now on. What was signed before holds until " + to_rfc3339(until) +
          " at most.\n"};
}

}  // namespace

KeysCommand::KeysCommand(CLI::App& program) {
  auto* const keys =
      program.add_subcommand("keys", "Change the keys that sign access tokens, or seal the store");
  keys->require_subcommand(1);
  list_ = keys->add_subcommand("list", "Show the keys, but not what they sign with");
  rotate_ = keys->add_subcommand("rotate", "Sign with a new key; nobody notices");
  auto* const now =
      rotate_->add_flag("--now", ends_all_, "End all access and refresh tokens at once");
  rotate_->add_flag("--at-rest", is_at_rest_, "Seal all secrets in the store with a new key")
      ->excludes(now);
}

CommandResult KeysCommand::run(const settings::Settings& settings) const {
  auto store = open_existing_store(settings.data_dir);
  if (!store) return refused(store.error().for_log());
  if (!rotate_->parsed()) return list(settings, *store);
  if (is_at_rest_) return rotate_at_rest(settings, *store);
  store::sqlite::TokenKeys keys(*store->writer);
  return rotate(keys, settings, ends_all_);
}

}  // namespace gatehouse::app
