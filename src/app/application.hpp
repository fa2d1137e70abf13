// The life of the server: start, signals, reload, stop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "first_operator.hpp"
#include "gatehouse/knowledge/ingestor.hpp"
#include "gatehouse/settings/kept_secrets.hpp"
#include "gatehouse/settings/settings.hpp"
#include "house.hpp"
#include "worker_unit.hpp"

namespace gatehouse::app {

// Reads the configuration anew for a reload; the error says why the old one stays.
struct SettingsOfNow {
  settings::Settings settings;
  std::vector<settings::KeptSecrets::Failure> failures;  // secrets that are those of before
};
using LoadSettings = std::function<Result<SettingsOfNow>()>;

// To be called before any thread is started: all of them then leave the signals to the main thread.
void prepare_process();
// Memory holds secrets: a crash leaves no image of it, and other processes can't read it.
void keep_memory_private();

// Runs on the main thread, which only waits for signals: SIGTERM and SIGINT drain and stop, SIGHUP
// reloads.
class Application {
 public:
  Application(std::unique_ptr<House> house, LoadSettings load);
  ~Application();

  // Opens the listeners. The error says in one line what to do.
  Result<void> listen();
  // Serves until a signal ends it; returns the exit code.
  int run();
  // The link of the first operator; empty if there is one. After listen().
  Result<std::string> offer_first_operator() {
    return app::offer_first_operator(*house_, address());
  }
  std::string address() const;

 private:
  void end_threatened_sessions();
  void start_workers();
  void wait_for_signals();
  void reload();
  // Reads references again and takes over what they hold, and nothing else.
  void refresh_secrets();
  std::optional<SettingsOfNow> read_settings(std::string_view event);
  void take_over_secrets(const settings::Settings& fresh);
  // False where it has a fault, and nothing was changed.
  bool apply(const settings::Settings& settings);
  void drain_and_stop();
  void apply_listener_terms();
  void warn_of_exposure();
  void record(audit::Event event);

  std::unique_ptr<House> house_;
  const LoadSettings load_;
  settings::Settings applied_;  // those of the start, with what was taken over since
  std::vector<std::unique_ptr<WorkerUnit>> units_;
  std::unique_ptr<server::Acceptor> acceptor_;
  std::unique_ptr<server::Acceptor> redirector_;  // null unless HTTP is redirected
  std::unique_ptr<knowledge::Ingestor> ingestor_;
  std::unique_ptr<store::sqlite::KnowledgeDocuments> ingested_documents_;
  std::vector<std::thread> threads_;
};

}  // namespace gatehouse::app
