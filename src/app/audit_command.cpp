#include "audit_command.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>

#include "data_files.hpp"
#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/audit/keeper.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/operations/audit_export.hpp"
#include "gatehouse/store/sqlite/audit_log.hpp"
#include "key_files.hpp"

namespace gatehouse::app {
namespace {

using settings::CommandResult;
using settings::refused;

constexpr std::uint32_t kPage = 1000;
const std::string kSite = "default";

// The log of one command.
class Desk {
 public:
  Desk(store::sqlite::StoreFile file, crypto::SigningKey key)
      : file_(std::move(file)), key_(std::move(key)) {}

  CommandResult show(std::uint32_t limit, std::string_view action);
  CommandResult write_export();
  CommandResult verify(const std::optional<crypto::PublicKey>& trusted_key);

 private:
  // Calls `take` with each record in its order until it returns an error.
  template <typename Take>
  Result<void> for_each(Take take) {
    for (std::uint64_t after = 0;;) {
      const auto page = async::answer_of(
          [&](async::Worker& worker) { return log_.read(worker, kSite, after, kPage); });
      if (!page) return std::unexpected(page.error());
      for (const auto& each : *page) {
        if (Result<void> taken = take(each); !taken) return taken;
      }
      if (page->size() < kPage) return {};
      after = page->back().record.sequence;
    }
  }
  Result<std::vector<audit::Checkpoint>> checkpoints() {
    return async::answer_of([&](async::Worker& worker) { return log_.checkpoints(worker, kSite); });
  }
  // So that an export ends with one that holds for all of it.
  Result<void> make_checkpoint() {
    const SystemClock clock;
    audit::Keeper keeper(log_, clock, key_, {.days = 0});
    return async::answer_of([&](async::Worker& worker) { return keeper.keep(worker, kSite); });
  }

  store::sqlite::StoreFile file_;
  const crypto::SigningKey key_;
  store::sqlite::AuditLog log_{*file_.writer, *file_.readers};
};

CommandResult Desk::show(std::uint32_t limit, std::string_view action) {
  std::vector<std::string> rows;
  const auto read = for_each([&](const audit::StoredRecord& each) -> Result<void> {
    if (action.empty() || each.record.event.action == action)
      rows.push_back(operations::table_row(each.record));
    if (rows.size() > limit) rows.erase(rows.begin());
    return {};
  });
  if (!read) return refused(read.error().for_log());
  std::string text;
  for (const auto& row : rows) text += row;
  return {text.empty() ? "There are no such records.\n" : text};
}

CommandResult Desk::write_export() {
  if (const auto made = make_checkpoint(); !made) return refused(made.error().for_log());
  const auto marks = checkpoints();
  if (!marks) return refused(marks.error().for_log());
  std::size_t next = 0;
  const auto put = [](const std::string& line) { std::puts(line.c_str()); };
  const auto put_marks_before = [&](std::uint64_t sequence) {
    for (; next < marks->size() && (*marks)[next].sequence < sequence; ++next)
      put(audit::line_of((*marks)[next]));
  };
  put(operations::export_header(kSite, key_.public_key()));
  const auto written = for_each([&](const audit::StoredRecord& each) -> Result<void> {
    put_marks_before(each.record.sequence);
    put(audit::line_of(each.record));
    return {};
  });
  if (!written) return refused(written.error().for_log());
  put_marks_before(UINT64_MAX);
  if (std::fflush(stdout) != 0) return refused("The export could not be written.");
  return {};
}

CommandResult text_of(const Result<audit::Proof>& proof) {
  if (!proof) return refused(std::string(proof.error().for_log()));
  if (proof->last == 0) return {"There are no records.\n"};
  return {"Records " + std::to_string(proof->first) + " to " + std::to_string(proof->last) +
          " are whole: none was changed, taken out or moved. Checkpoints that agree: " +
          std::to_string(proof->checkpoints) + ".\nThe last record's digest is " +
          to_hex(crypto::as_text(proof->last_digest)) + ".\n"};
}

CommandResult Desk::verify(const std::optional<crypto::PublicKey>& trusted_key) {
  auto marks = checkpoints();
  if (!marks) return refused(marks.error().for_log());
  audit::Verifier verifier(std::move(*marks), trusted_key.value_or(key_.public_key()));
  const auto read = for_each([&](const audit::StoredRecord& each) -> Result<void> {
    if (audit::digest_of(each.record) != each.digest) {
      return fail(ErrorCode::kConflict,
                  "Record " + std::to_string(each.record.sequence) + " was changed.");
    }
    return verifier.add({.sequence = each.record.sequence,
                         .previous = each.record.previous,
                         .digest = each.digest});
  });
  if (!read) return refused(read.error().for_log());
  auto result = text_of(verifier.finish());
  if (result.exit_code == 0)
    result.text += "The public key is " + operations::public_key_text(key_.public_key()) + ".\n";
  return result;
}

Result<Desk> open_desk(const settings::Settings& settings) {
  auto store = open_existing_store(settings.data_dir);
  if (!store) return std::unexpected(store.error());
  auto key = read_audit_key(settings.audit.key_file);
  if (!key) return std::unexpected(key.error());
  return Desk(std::move(*store), std::move(*key));
}

}  // namespace

AuditCommand::AuditCommand(CLI::App& program) {
  auto* const audit =
      program.add_subcommand("audit", "Read, take elsewhere and prove the audit log");
  audit->require_subcommand(1);
  show_ = audit->add_subcommand("show", "Show the latest records");
  show_->add_option("--limit", limit_, "How many (50)")->check(CLI::Range(1U, 100'000U));
  show_->add_option("--action", action_, "Only these: sign_in, ban.begun …");
  export_ = audit->add_subcommand("export", "Write all records as lines of JSON");
  verify_ = audit->add_subcommand("verify", "Prove that no record was changed, taken out or moved");
  verify_->add_option("--file", file_, "An export, instead of the data folder");
  verify_->add_option("--public-key", public_key_, "The key that must have signed the checkpoints");
}

bool AuditCommand::is_given() const {
  return show_->parsed() || export_->parsed() || verify_->parsed();
}

CommandResult AuditCommand::verify(const settings::Settings& settings) const {
  std::optional<crypto::PublicKey> trusted;
  if (!public_key_.empty()) {
    trusted = operations::read_public_key(public_key_);
    if (!trusted) return refused("--public-key takes what `gatehouse audit verify` prints.");
  }
  if (!file_.empty()) {
    std::ifstream file(file_, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file) return refused(file_ + " can't be read.");
    return text_of(operations::verify_export(text, trusted));
  }
  auto desk = open_desk(settings);
  if (!desk) return refused(desk.error().for_log());
  return desk->verify(trusted);
}

CommandResult AuditCommand::run(const settings::Settings& settings) const {
  if (verify_->parsed()) return verify(settings);
  auto desk = open_desk(settings);
  if (!desk) return refused(desk.error().for_log());
  return show_->parsed() ? desk->show(limit_, action_) : desk->write_export();
}

}  // namespace gatehouse::app
