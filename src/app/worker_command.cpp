#include "worker_command.hpp"

#include <signal.h>

#include <cstdio>
#include <optional>

#include "data_files.hpp"
#include "house.hpp"
#include "job_unit.hpp"

namespace gatehouse::app {
namespace {

using Rings = std::vector<std::shared_ptr<telemetry::LogRing>>;

// Two processes must not turn one file over.
exporters::LogWriterSettings own_log(const settings::LogSettings& from) {
  auto settings = log_writer_settings(from);
  if (!settings.file_path.empty()) settings.file_path += ".worker";
  return settings;
}

void wait_for_end() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  int signal = SIGHUP;
  while (signal == SIGHUP) {
    if (sigwait(&signals, &signal) != 0) return;
  }
}

// Members in the order of their dependencies; its loop runs between begin() and end().
class WorkerProcess {
 public:
  WorkerProcess(const settings::Settings& settings, store::sqlite::StoreFile store)
      : settings_(settings),
        counters_(1),
        log_writer_(clock_, own_log(settings.log), rings_, &counters_.of_worker(0)),
        log_(clock_, settings.log.level, rings_.front()),
        store_(std::move(store)),
        conversations_(*store_.writer, *store_.readers),
        job_store_(*store_.writer, *store_.readers, random_),
        queue_(job_store_),
        worker_(clock_, 0),
        unit_(settings.jobs, {worker_, queue_, conversations_, random_, log_, reporter()}),
        last_(worker_, reporter()) {
    queue_.set_bell([this] { unit_.wake(); });
  }

  void begin() {
    log_.info("STARTED", "Gatehouse runs jobs.", {{"version", GATEHOUSE_VERSION}});
    worker_.post([this] { unit_.begin(); });
    loop_.emplace("jobs", 1, 1);
    loop_->submit([this] { worker_.run(); });
  }
  void end() {
    log_.info("DRAINING", "Gatehouse takes no new jobs and finishes what it has begun.");
    worker_.post([this] { last_.spawn("drain", drain()); });
    loop_.reset();  // when the worker has stopped
    log_.info("STOPPED", "Gatehouse has stopped.");
  }

 private:
  async::TaskGroup::OnException reporter() {
    return [this](std::string_view task, std::exception_ptr) {
      log_.error("TASK_FAILED", "A task ended with an exception.", {{"task", task}});
    };
  }
  async::Task<void> drain() {
    co_await unit_.drain(worker_.in(settings_.server.drain_timeout));
    worker_.stop();
  }

  const settings::Settings& settings_;
  SystemClock clock_;
  SecureRandom random_;
  Rings rings_{std::make_shared<telemetry::LogRing>()};
  telemetry::CounterSet counters_;
  exporters::LogWriter log_writer_;
  telemetry::Log log_;
  store::sqlite::StoreFile store_;
  store::sqlite::Conversations conversations_;
  store::sqlite::Jobs job_store_;
  jobs::JobQueue queue_;
  async::Worker worker_;
  JobUnit unit_;
  async::TaskGroup last_;
  std::optional<async::BlockingPool> loop_;
};

}  // namespace

int run_worker(const settings::Settings& settings) {
  auto store = open_existing_store(settings.data_dir);
  if (!store) {
    std::fprintf(stderr, "gatehouse: %s\n", std::string(store.error().for_log()).c_str());
    return 1;
  }
  WorkerProcess process(settings, std::move(*store));
  process.begin();
  wait_for_end();
  process.end();
  return 0;
}

}  // namespace gatehouse::app
