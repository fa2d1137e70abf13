#include "bans_command.hpp"

#include <algorithm>

#include "data_files.hpp"
#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/store/sqlite/audit_log.hpp"
#include "gatehouse/store/sqlite/bans.hpp"

namespace gatehouse::app {
namespace {

using settings::CommandResult;
using settings::refused;

constexpr std::string_view kSite = "default";
constexpr std::string_view kDefaultReason = "by the operator";
constexpr std::size_t kMaxReasonBytes = 200;

Result<IpPrefix> read_prefix(const BansArguments& arguments) {
  if (const auto prefix = IpPrefix::parse(arguments.prefix)) return *prefix;
  return fail(ErrorCode::kInvalid, "\"" + arguments.prefix + "\" is no address and no network.");
}

// What was done, beside what it did.
Result<void> record(store::sqlite::StoreFile& store, const guard::Ban& ban,
                    std::string_view action) {
  store::sqlite::AuditLog log(*store.writer, *store.readers);
  audit::Event event{.at = SystemClock().wall(),
                     .action = std::string(action),
                     .actor = "command_line",
                     .subject = "network:" + ban.prefix.to_string(),
                     .detail = ban.reason};
  return async::answer_of(
      [&](async::Worker& worker) { return log.append(worker, std::move(event)); });
}

std::string line_of(const guard::Ban& ban) {
  return ban.prefix.to_string() + "  until " + to_rfc3339(ban.expires_at) + "  " +
         (ban.is_by_operator ? "by hand" : "strike " + std::to_string(ban.strikes)) + "  " +
         ban.reason + "\n";
}

}  // namespace

CommandResult list_bans(const std::string& data_dir) {
  auto store = open_existing_store(data_dir);
  if (!store) return refused(store.error().for_log());
  const auto bans = store::sqlite::Bans(*store->writer).load_all_and_wait(std::string(kSite));
  if (!bans) return refused(bans.error().for_log());
  const WallTime now = SystemClock().wall();
  std::string text;
  for (const auto& ban : *bans) {
    if (ban.expires_at > now) text += line_of(ban);
  }
  return {text.empty() ? "Nobody is banned.\n" : text};
}

CommandResult add_ban(const std::string& data_dir, const BansArguments& arguments) {
  const auto prefix = read_prefix(arguments);
  if (!prefix) return refused(prefix.error().client_message);
  auto store = open_existing_store(data_dir);
  if (!store) return refused(store.error().for_log());
  const WallTime now = SystemClock().wall();
  const std::string reason =
      arguments.reason.empty() ? std::string(kDefaultReason) : arguments.reason;
  const guard::Ban ban{.prefix = *prefix,
                       .begins_at = now,
                       .expires_at = now + std::chrono::minutes(arguments.minutes),
                       .strikes = 1,
                       .reason = reason.substr(0, kMaxReasonBytes),
                       .is_by_operator = true};
  const auto kept = store::sqlite::Bans(*store->writer).put_and_wait(std::string(kSite), ban);
  if (!kept) return refused(kept.error().for_log());
  if (const auto recorded = record(*store, ban, audit::action::kBanBegun); !recorded)
    return refused(recorded.error().for_log());
  return {"Banned: " + line_of(ban)};
}

CommandResult remove_ban(const std::string& data_dir, const BansArguments& arguments) {
  const auto prefix = read_prefix(arguments);
  if (!prefix) return refused(prefix.error().client_message);
  auto store = open_existing_store(data_dir);
  if (!store) return refused(store.error().for_log());
  store::sqlite::Bans bans(*store->writer);
  auto known = bans.load_all_and_wait(std::string(kSite));
  if (!known) return refused(known.error().for_log());
  const WallTime now = SystemClock().wall();
  const auto found = std::ranges::find_if(
      *known, [&](const guard::Ban& ban) { return ban.prefix == *prefix && ban.expires_at > now; });
  if (found == known->end())
    return refused(prefix->to_string() + " is not banned. `gatehouse bans list` shows who is.");
  // The row stays, so that a server that runs sees the change; its strikes are forgiven.
  guard::Ban lifted = *found;
  lifted.begins_at = lifted.expires_at = now;
  lifted.strikes = 0;
  lifted.is_by_operator = true;
  const auto kept = bans.put_and_wait(std::string(kSite), lifted);
  if (!kept) return refused(kept.error().for_log());
  if (const auto recorded = record(*store, lifted, audit::action::kBanLifted); !recorded)
    return refused(recorded.error().for_log());
  return {"No longer banned: " + prefix->to_string() + "\n"};
}

}  // namespace gatehouse::app
