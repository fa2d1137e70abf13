#include "apikeys_command.hpp"

#include "data_files.hpp"
#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/base/money.hpp"
#include "gatehouse/store/sqlite/api_keys.hpp"

namespace gatehouse::app {
namespace {

using identity::ApiKeyRecord;
using settings::CommandResult;
using settings::refused;

audit::Event event_of(std::string_view action, const ApiKeyRecord& key, WallTime now) {
  return {.at = now,
          .action = std::string(action),
          .actor = "command_line",
          .subject = "key:" + key.id,
          .detail = identity::names_of(key.scopes)};
}

CommandResult add(store::sqlite::ApiKeys& keys, ApiKeyRecord wanted) {
  SecureRandom random;
  const WallTime now = SystemClock().wall();
  const auto issued = identity::issue_api_key(std::move(wanted), now, random);
  const auto kept = async::answer_of([&](async::Worker& worker) {
    return keys.add(worker, issued.record, event_of(audit::action::kKeyAdded, issued.record, now));
  });
  if (!kept) return refused(kept.error().for_log());
  return {"The key of \"" + issued.record.name + "\" is shown this once:\n" +
          std::string(issued.key.reveal()) + "\n"};
}

std::string line_of(const ApiKeyRecord& key) {
  std::string line = key.id + "  " + key.name + "  " + identity::names_of(key.scopes);
  if (key.requests_per_minute > 0)
    line += "  " + std::to_string(key.requests_per_minute) + " a minute";
  if (key.tokens_per_day > 0) line += "  " + std::to_string(key.tokens_per_day) + " tokens a day";
  if (key.money_micros_per_day > 0)
    line += "  " + money_text(key.money_micros_per_day) + " of money a day";
  if (key.expires_at) line += "  until " + to_rfc3339(*key.expires_at);
  return line + (key.used_at ? "  used " + to_rfc3339(*key.used_at) : "  not used yet") + "\n";
}

CommandResult list(store::sqlite::ApiKeys& keys) {
  const auto all =
      async::answer_of([&](async::Worker& worker) { return keys.list(worker, "default"); });
  if (!all) return refused(all.error().for_log());
  std::string text;
  for (const auto& key : *all) text += line_of(key);
  return {text.empty() ? "There are no keys. `gatehouse apikeys add NAME` makes one.\n" : text};
}

CommandResult revoke(store::sqlite::ApiKeys& keys, const std::string& id) {
  const ApiKeyRecord key{.id = id};
  const auto removed = async::answer_of([&](async::Worker& worker) {
    return keys.remove(worker, "default", id,
                       event_of(audit::action::kKeyRevoked, key, SystemClock().wall()));
  });
  if (!removed)
    return refused(std::string(removed.error().for_log()) + " `gatehouse apikeys list` shows all.");
  return {"Revoked: " + id + "\n"};
}

}  // namespace

ApiKeysCommand::ApiKeysCommand(CLI::App& program) {
  auto* const keys = program.add_subcommand("apikeys", "Make and revoke keys of programs");
  keys->require_subcommand(1);
  add_ = keys->add_subcommand("add", "Make a key, and show it once");
  list_ = keys->add_subcommand("list", "Show all keys, but not what opens them");
  revoke_ = keys->add_subcommand("revoke", "Revoke a key");
  add_->add_option("name", name_, "What it is for")->required();
  add_->add_option("--scopes", scopes_, "What it opens: ai, metrics, or both with a comma (ai)");
  add_->add_option("--days", days_, "How long it is good (for ever)")->check(CLI::Range(1U, 3650U));
  add_->add_option("--per-minute", requests_per_minute_, "Requests in a minute, for this key alone")
      ->check(CLI::Range(1U, 16'777'215U));
  add_->add_option("--tokens-per-day", tokens_per_day_, "Tokens in a day, for this key alone")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'099'511'627'776}));
  add_->add_option("--money-per-day", money_per_day_,
                   "What its answers may cost in a day, as prices.models counts: 2.50");
  revoke_->add_option("id", id_, "As `apikeys list` shows it")->required();
}

bool ApiKeysCommand::is_given() const {
  return add_->parsed() || list_->parsed() || revoke_->parsed();
}

CommandResult ApiKeysCommand::run(const settings::Settings& settings) const {
  const auto scopes = identity::scopes_of(scopes_);
  if (!scopes) return refused("--scopes takes ai, metrics, or both with a comma.");
  auto store = open_existing_store(settings.data_dir);
  if (!store) return refused(store.error().for_log());
  store::sqlite::ApiKeys keys(*store->writer);
  if (list_->parsed()) return list(keys);
  if (revoke_->parsed()) return revoke(keys, id_);
  auto name = identity::read_key_name(name_);
  if (!name) return refused(name.error().client_message);
  const auto money = parse_money(money_per_day_.empty() ? "0" : money_per_day_);
  if (!money)
    return refused("--money-per-day takes digits, with at most six behind a point: 2.50.");
  ApiKeyRecord wanted{.name = std::move(*name),
                      .scopes = *scopes,
                      .requests_per_minute = requests_per_minute_,
                      .tokens_per_day = tokens_per_day_,
                      .money_micros_per_day = *money};
  if (days_ > 0) wanted.expires_at = SystemClock().wall() + std::chrono::days(days_);
  return add(keys, std::move(wanted));
}

}  // namespace gatehouse::app
