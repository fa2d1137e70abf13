// Everything that lives on one worker.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/channels/auth/auth_channel.hpp"
#include "gatehouse/channels/jobs/jobs_channel.hpp"
#include "gatehouse/channels/openai/chat_completions.hpp"
#include "gatehouse/channels/web/site_pages.hpp"
#include "gatehouse/channels/web/web_channel.hpp"
#include "gatehouse/channels/websocket/websocket_channel.hpp"
#include "gatehouse/chat/chat_service.hpp"
#include "gatehouse/guard/pipeline.hpp"
#include "gatehouse/server/static_files.hpp"
#include "gatehouse/server/worker_host.hpp"
#include "house.hpp"
#include "job_unit.hpp"
#include "line.hpp"
#include "openid.hpp"
#include "responders.hpp"

namespace gatehouse::app {

// Built on the main thread before the workers run, used on its worker's thread, and destroyed on
// the main thread after they have ended. Members in the order of their dependencies.
class WorkerUnit {
 public:
  WorkerUnit(House& house, unsigned index);

  async::Worker& worker() { return worker_; }
  server::WorkerHost& host() { return *host_; }

  // Before any worker runs: this one runs jobs.
  void take_jobs();
  // On the worker: what it does besides answering requests, until drain().
  void begin();
  // On the worker: makes a ban outlive the process.
  void keep(guard::Ban ban);
  // On the worker: makes the end of a session outlive the process; of an account's with its record.
  void keep_end(Principal principal, audit::Event event);
  // On the worker: looks a crawler's address up and notes what it is.
  void verify(const guard::CrawlerChecks::Question& question);
  // On the worker: what the server itself has done.
  void record(audit::Event event);
  // On the worker. Ends when nothing is left that runs here.
  async::Task<void> drain(Deadline deadline);
  // Before the worker runs, or on it.
  Result<void> use_rules(const std::shared_ptr<const guard::MessageRules>& rules) {
    return guards_.use({rules, house_.flood.get(), house_.cadence.get(), &house_.clock});
  }
  // On the worker: takes a changed configuration over.
  void replace(std::shared_ptr<const server::PipelineSettings> settings,
               const std::shared_ptr<const guard::MessageRules>& rules);
  // On the worker: what the backend is asked with from now on.
  void replace_n8n_credentials(const settings::Settings& settings) {
    responders_.replace_n8n_credentials(settings);
  }
  void replace_openai_key(const Secret& key) { responders_.replace_openai_key(key); }
  // From any thread, after drain(): the worker's loop ends once its last tasks have.
  void finish();
  async::TaskGroup& control() { return control_; }

 private:
  async::Task<void> keep_house();
  async::Task<void> take_over_bans();
  async::Task<void> take_over_token_keys();
  async::Task<void> keep_sealing();
  // What another process has changed; `must_load`: this one has changed something meanwhile.
  template <typename Held, typename Store>
  async::Task<void> take_over(Held& held, Store& store, bool& must_load);
  async::Task<void> keep_uses();
  async::Task<void> keep_audit();
  async::Task<void> append_record(audit::Event event);
  async::Task<void> keep_explanations();
  async::Task<void> check_scanner();
  async::Task<void> keep_limits();
  async::Task<void> remove_expired();
  async::Task<void> count_jobs();
  async::Task<void> keep_ban(guard::Ban ban);
  async::Task<void> verify_crawler(guard::CrawlerChecks::Question question);
  async::Task<void> keep_ended(Principal principal, audit::Event event);

  House& house_;
  async::Worker worker_;
  telemetry::Log log_;
  telemetry::Counters& counters_;
  async::TaskGroup::OnException on_exception_;
  guard::Pipeline guards_;
  guard::CurrentPolicy policy_;  // of all channels and turns here
  store::sqlite::KnowledgeDocuments documents_;
  Responders responders_;
  std::unique_ptr<chat::ChatService> chat_;
  chat::Reception reception_;
  const std::unique_ptr<OpenIdUnit> openid_;
  channels::WebHandlers web_;
  channels::WebSocketHandlers websocket_;
  channels::AuthHandlers auth_;
  channels::JobsHandlers job_pages_;
  std::vector<std::unique_ptr<server::Handler>> handlers_;
  std::unique_ptr<server::WorkerHost> host_;
  std::unique_ptr<LineUnit> line_;  // null: nothing of LINE is answered here
  std::unique_ptr<JobUnit> jobs_;   // null: none are run here
  bool must_load_sessions_ = false;
  bool must_load_keys_ = false;
  bool must_load_families_ = false;
  async::Signal is_stopping_;
  async::TaskGroup control_;
  async::TaskGroup last_;  // waits for the others
};

}  // namespace gatehouse::app
