// The life of the server: start, signals, reload, stop.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "first_operator.hpp"
#include "gatehouse/knowledge/ingestor.hpp"
#include "gatehouse/settings/settings.hpp"
#include "house.hpp"
#include "worker_unit.hpp"

namespace gatehouse::app {

// Reads the configuration anew for a reload; the error says why the old one stays.
using LoadSettings = std::function<Result<settings::Settings>()>;

// To be called before any thread is started: all of them then leave the signals to the main thread.
void prepare_process();

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
  void drain_and_stop();
  void apply_listener_terms();
  void warn_of_exposure();
  void record(audit::Event event);

  std::unique_ptr<House> house_;
  const LoadSettings load_;
  std::vector<std::unique_ptr<WorkerUnit>> units_;
  std::unique_ptr<server::Acceptor> acceptor_;
  std::unique_ptr<server::Acceptor> redirector_;  // null unless HTTP is redirected
  std::unique_ptr<knowledge::Ingestor> ingestor_;
  std::unique_ptr<store::sqlite::KnowledgeDocuments> ingested_documents_;
  std::vector<std::thread> threads_;
};

}  // namespace gatehouse::app
