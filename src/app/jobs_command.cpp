#include "jobs_command.hpp"

#include <algorithm>

#include "data_files.hpp"
#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/store/sqlite/audit_log.hpp"
#include "gatehouse/store/sqlite/jobs.hpp"
#include "job_handlers.hpp"

namespace gatehouse::app {
namespace {

using jobs::Job;
using settings::CommandResult;
using settings::refused;

constexpr std::string_view kSite = "default";

// The store beside the server, and what the command does to it.
class Desk {
 public:
  explicit Desk(store::sqlite::StoreFile store)
      : store_(std::move(store)), jobs_(*store_.writer, *store_.readers, random_) {}

  // Runs `call(JobStore&, Worker&, now)`.
  template <typename Call>
  auto ask(Call call) {
    return async::answer_of(
        [&](async::Worker& home) { return call(jobs_, home, home.clock().wall()); });
  }
  Result<void> record(std::string_view action, const std::string& id, std::string detail = {}) {
    store::sqlite::AuditLog log(*store_.writer, *store_.readers);
    audit::Event event{.at = SystemClock().wall(),
                       .action = std::string(action),
                       .actor = "command_line",
                       .subject = "job:" + id,
                       .detail = std::move(detail)};
    return async::answer_of(
        [&](async::Worker& worker) { return log.append(worker, std::move(event)); });
  }

 private:
  SecureRandom random_;
  store::sqlite::StoreFile store_;
  store::sqlite::Jobs jobs_;
};

std::string line_of(const Job& job) {
  std::string line = job.id + "  " + job.queue + "  " + job.kind + "  ";
  line.append(jobs::name_of(job.state));
  line += "  " + std::to_string(job.attempt) + "/" + std::to_string(job.max_attempts) + "  " +
          to_rfc3339(job.created_at);
  if (!job.reason.empty()) line += "  " + job.reason;
  return line + "\n";
}

std::string text_of(const Job& job) {
  std::string text;
  const auto add = [&text](std::string_view name, std::string_view value) {
    if (!value.empty()) text.append(name).append(": ").append(value).append("\n");
  };
  const auto add_time = [&add](std::string_view name, const std::optional<WallTime>& time) {
    if (time) add(name, to_rfc3339(*time));
  };
  add("id", job.id);
  add("queue", job.queue);
  add("kind", job.kind);
  add("state", jobs::name_of(job.state));
  add("owner", job.owner);
  add("priority", std::to_string(job.priority));
  add("attempt", std::to_string(job.attempt) + " of " + std::to_string(job.max_attempts));
  add("progress", std::to_string(job.progress.percent) + " % " + job.progress.message);
  add_time("created", job.created_at);
  add_time("run at", job.run_at);
  add_time("started", job.started_at);
  add_time("lease until", job.lease_until);
  add_time("ended", job.ended_at);
  if (job.is_cancel_asked) add("cancel", "asked");
  add("reason", job.reason);
  add("result", job.result);
  return text;
}

CommandResult refusal(const Error& error) {
  const std::string why(error.for_log());
  return refused(error.code == ErrorCode::kNotFound ? why + " `gatehouse jobs list` shows all."
                                                    : why);
}

CommandResult list(Desk& desk, jobs::JobFilter filter, std::uint32_t limit) {
  const auto page = desk.ask([&](jobs::JobStore& store, async::Worker& home, WallTime now) {
    return store.list(home, std::move(filter), {}, limit, now);
  });
  if (!page) return refusal(page.error());
  std::string text;
  for (const auto& job : page->jobs) text += line_of(job);
  if (!page->next.empty()) text += "There are more: --limit, --queue and --state choose.\n";
  return {text.empty() ? "There are no such jobs.\n" : text};
}

CommandResult show(Desk& desk, const std::string& id) {
  const auto job = desk.ask([&](jobs::JobStore& store, async::Worker& home, WallTime now) {
    return store.find(home, std::string(kSite), id, now);
  });
  return job ? CommandResult{text_of(*job)} : refusal(job.error());
}

CommandResult cancel(Desk& desk, const std::string& id) {
  const auto state = desk.ask([&](jobs::JobStore& store, async::Worker& home, WallTime now) {
    return store.cancel(home, std::string(kSite), id, now);
  });
  if (!state) return refusal(state.error());
  if (const auto recorded = desk.record(audit::action::kJobCancelled, id); !recorded)
    return refusal(recorded.error());
  const bool runs = *state == jobs::JobState::kRunning;
  return {runs ? "It runs, and was told to end: " + id + "\n" : "Cancelled: " + id + "\n"};
}

CommandResult requeue(Desk& desk, const std::string& id) {
  const auto moved = desk.ask([&](jobs::JobStore& store, async::Worker& home, WallTime now) {
    return store.requeue(home, std::string(kSite), id, now);
  });
  if (!moved) return refusal(moved.error());
  if (const auto recorded = desk.record(audit::action::kJobRequeued, id); !recorded)
    return refusal(recorded.error());
  return {"It is tried again: " + id + "\n"};
}

CommandResult start(Desk& desk, const std::string& kind) {
  if (std::ranges::find(kUpkeep, kind, &Upkeep::kind) == kUpkeep.end()) {
    std::string names;
    for (const auto& upkeep : kUpkeep) names.append(" ").append(upkeep.kind);
    return refused("\"" + kind + "\" is nothing that can be run by hand. These are:" + names);
  }
  const auto left = desk.ask([&](jobs::JobStore& store, async::Worker& home, WallTime now) {
    return store.enqueue(home, {upkeep_job(kind)}, now);
  });
  if (!left) return refusal(left.error());
  const std::string& id = left->front().id;
  if (const auto recorded = desk.record(audit::action::kJobStarted, id, kind); !recorded)
    return refusal(recorded.error());
  return {"Left for whoever runs jobs: " + id + "\n"};
}

}  // namespace

JobsCommand::JobsCommand(CLI::App& program) {
  auto* const all = program.add_subcommand("jobs", "See work in the background, and move it");
  all->require_subcommand(1);
  list_ = all->add_subcommand("list", "Show jobs, the newest first");
  show_ = all->add_subcommand("show", "Show all that is known of a job");
  cancel_ = all->add_subcommand("cancel", "Cancel a job; one that runs is told to end");
  requeue_ = all->add_subcommand("requeue", "Try a dead job again");
  run_ = all->add_subcommand("run", "Do at once what else comes by itself");
  list_->add_option("--queue", queue_, "Of this queue");
  list_->add_option("--state", state_, "scheduled, ready, running, done, dead or cancelled");
  list_->add_option("--limit", limit_, "How many (50)")->check(CLI::Range(1U, 200U));
  for (auto* const command : {show_, cancel_, requeue_})
    command->add_option("id", id_, "As `jobs list` shows it")->required();
  run_->add_option("kind", kind_, "expire-conversations or remove-ended-jobs")->required();
}

bool JobsCommand::is_given() const {
  return std::ranges::any_of(commands(), [](const auto* command) { return command->parsed(); });
}

CommandResult JobsCommand::run(const settings::Settings& settings) const {
  jobs::JobFilter filter{.queue = queue_, .state = jobs::job_state_of(state_)};
  if (!state_.empty() && !filter.state)
    return refused("--state takes scheduled, ready, running, done, dead or cancelled.");
  auto store = open_existing_store(settings.data_dir);
  if (!store) return refused(store.error().for_log());
  Desk desk(std::move(*store));
  if (list_->parsed()) return list(desk, std::move(filter), limit_);
  if (show_->parsed()) return show(desk, id_);
  if (cancel_->parsed()) return cancel(desk, id_);
  return requeue_->parsed() ? requeue(desk, id_) : start(desk, kind_);
}

}  // namespace gatehouse::app
