// What there is once in the process, and all workers share.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "at_rest.hpp"
#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/audit/keeper.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/channels/line/line_status.hpp"
#include "gatehouse/chat/chat_directory.hpp"
#include "gatehouse/exporters/log_writer.hpp"
#include "gatehouse/exporters/prometheus_text.hpp"
#include "gatehouse/extract/extractor.hpp"
#include "gatehouse/firewall/core_rule_set.hpp"
#include "gatehouse/guard/cadence_table.hpp"
#include "gatehouse/guard/crawler_checks.hpp"
#include "gatehouse/guard/escalation.hpp"
#include "gatehouse/guard/flood_table.hpp"
#include "gatehouse/guard/places.hpp"
#include "gatehouse/guard/rate_clock.hpp"
#include "gatehouse/guard/rate_fallback.hpp"
#include "gatehouse/guard/rate_limits.hpp"
#include "gatehouse/guard/session_watch.hpp"
#include "gatehouse/identity/authenticator.hpp"
#include "gatehouse/identity/live_principals.hpp"
#include "gatehouse/identity/sign_in.hpp"
#include "gatehouse/jobs/job_queue.hpp"
#include "gatehouse/knowledge/document_source.hpp"
#include "gatehouse/knowledge/ingestor.hpp"
#include "gatehouse/net/resolver.hpp"
#include "gatehouse/net/tls.hpp"
#include "gatehouse/responders/cache/reply_cache.hpp"
#include "gatehouse/responders/route/deployments.hpp"
#include "gatehouse/server/acceptor.hpp"
#include "gatehouse/server/health.hpp"
#include "gatehouse/server/pipeline_settings.hpp"
#include "gatehouse/server/worker_host.hpp"
#include "gatehouse/settings/settings.hpp"
#include "gatehouse/store/memory/rate_table.hpp"
#include "gatehouse/store/sqlite/account_sessions.hpp"
#include "gatehouse/store/sqlite/accounts.hpp"
#include "gatehouse/store/sqlite/api_keys.hpp"
#include "gatehouse/store/sqlite/audit_log.hpp"
#include "gatehouse/store/sqlite/bans.hpp"
#include "gatehouse/store/sqlite/conversations.hpp"
#include "gatehouse/store/sqlite/ended_sessions.hpp"
#include "gatehouse/store/sqlite/explanations.hpp"
#include "gatehouse/store/sqlite/identities.hpp"
#include "gatehouse/store/sqlite/jobs.hpp"
#include "gatehouse/store/sqlite/knowledge_documents.hpp"
#include "gatehouse/store/sqlite/recordings.hpp"
#include "gatehouse/store/sqlite/refresh_families.hpp"
#include "gatehouse/store/sqlite/replies.hpp"
#include "gatehouse/store/sqlite/second_factors.hpp"
#include "gatehouse/store/sqlite/store_file.hpp"
#include "gatehouse/store/sqlite/token_keys.hpp"
#include "gatehouse/telemetry/counters.hpp"
#include "gatehouse/telemetry/log.hpp"
#include "guard_rules.hpp"
#include "instructions.hpp"
#include "job_counts.hpp"
#include "key_files.hpp"

namespace gatehouse::app {

// Members stand in the order they are built; what a member refers to stands above it, and the
// threads that use it are joined before it goes. Made on the main thread by build_house(); the
// workers start afterwards.
struct House {
  explicit House(settings::Settings from);
  ~House();
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  const settings::Settings settings;
  const unsigned worker_count;
  int data_dir_lock = -1;  // a descriptor that is held as long as the house stands
  SystemClock clock;
  SecureRandom random;
  telemetry::CounterSet counters;  // of each worker, and of the log writer
  std::vector<std::shared_ptr<telemetry::LogRing>>
      rings;  // one for each worker, and one for everybody else
  std::unique_ptr<exporters::LogWriter> log_writer;
  telemetry::Log log;  // of everybody else

  const guard::RateClock rate_clock;
  guard::RateSeed rate_seed;
  std::unique_ptr<store::memory::RateTable> rates;
  std::unique_ptr<guard::FallbackRateStore> rate_store;  // with what to do should counting fail
  std::unique_ptr<guard::RateLimits> limits;
  std::unique_ptr<guard::Escalation> escalation;
  std::unique_ptr<guard::Places> places;
  std::unique_ptr<guard::SessionWatch> session_watch;
  std::unique_ptr<guard::CadenceTable> cadence;
  std::unique_ptr<guard::CrawlerChecks> crawlers;  // null: none is verified
  guard::ExplanationSampler explanation_sampler;
  std::unique_ptr<store::sqlite::Explanations> explanations;
  std::unique_ptr<store::sqlite::Recordings> recordings;  // null: there are none
  std::unique_ptr<guard::FloodTable> flood;
  std::unique_ptr<firewall::CoreRuleSet> firewall;  // null: off
  Instructions instructions;
  GuardRules guard_rules;  // those of the start; a reload goes to the workers
  std::unique_ptr<identity::VisitorSessions> sessions;
  std::unique_ptr<identity::AccountSessions> account_sessions;
  std::unique_ptr<identity::ApiKeys> api_keys;
  identity::TokenKeys token_keys;
  identity::LiveFamilies live_families;
  std::unique_ptr<identity::AccessTokens> access_tokens;
  identity::SocketTickets socket_tickets;
  std::unique_ptr<identity::LivePrincipals> live_principals;
  std::unique_ptr<identity::Authenticator> authenticator;

  std::optional<Sealers> sealers;
  std::unique_ptr<store::sqlite::Writer> writer;
  std::unique_ptr<store::sqlite::Readers> readers;
  std::unique_ptr<store::sqlite::Conversations> conversations;
  std::unique_ptr<store::sqlite::EndedSessions> ended_sessions;
  std::unique_ptr<store::sqlite::Jobs> job_store;
  std::unique_ptr<jobs::JobQueue> job_queue;
  JobCounts job_counts;
  channels::line::Status line_status;
  std::unique_ptr<store::sqlite::Bans> ban_store;
  std::unique_ptr<store::sqlite::Accounts> accounts;
  std::unique_ptr<store::sqlite::AccountSessions> account_session_store;
  std::unique_ptr<store::sqlite::ApiKeys> api_key_store;
  std::unique_ptr<store::sqlite::TokenKeys> token_key_store;
  std::unique_ptr<store::sqlite::RefreshFamilies> refresh_family_store;
  std::unique_ptr<identity::RefreshFamilies> refresh_families;
  std::unique_ptr<store::sqlite::Identities> identities;
  std::unique_ptr<store::sqlite::AuditLog> audit;
  std::unique_ptr<audit::Keeper> audit_keeper;  // on the first worker
  async::BlockingPool password_hashing;
  std::unique_ptr<store::sqlite::SecondFactors> second_factors;
  std::unique_ptr<identity::SecondStep> second_step;
  std::unique_ptr<identity::SignInThrottle> sign_in_throttle;
  std::unique_ptr<identity::SignIn> sign_in;
  std::unique_ptr<AtRest> at_rest;  // on the first worker

  std::unique_ptr<store::sqlite::KnowledgeDatabase> knowledge;
  async::BlockingPool knowledge_writing;
  async::BlockingPool knowledge_reading;
  async::BlockingPool parsing;
  std::unique_ptr<extract::Extractor> extractor;
  std::unique_ptr<knowledge::DocumentSource> source;
  std::atomic<bool> is_indexed = false;  // the first scan of the documents has ended

  async::BlockingPool housekeeping;
  async::BlockingPool name_lookups;
  net::SystemResolver resolver;
  async::BlockingPool crawler_lookups;  // of its own: who asks them may be slow on purpose
  net::SystemResolver crawler_names;
  std::shared_ptr<const net::TlsContext> client_tls;
  std::shared_ptr<const net::TlsContext> server_tls;  // null: plain HTTP
  server::ConnectionCaps caps;
  std::shared_ptr<const server::PipelineSettings> pipeline_settings;
  std::shared_ptr<const server::HealthParts> health;
  responders::Route route;
  std::unique_ptr<responders::Deployments> deployments;  // all that the route names
  std::unique_ptr<store::sqlite::Replies> replies;       // null: none are kept on the disk
  std::unique_ptr<responders::ReplyCache> reply_cache;   // null: off
  chat::ChatDirectory directory;
  std::atomic<bool> is_draining = false;
  std::atomic<std::uint64_t> kept_secrets = 0;   // those of before, since their source is away
  std::vector<const server::WorkerHost*> hosts;  // of all workers, set before they run

  telemetry::Log make_log(unsigned worker) const;
  store::sqlite::MessageTexts message_texts();
  void note_progress(const knowledge::IngestProgress& progress);
  std::uint64_t oldest_connection_age_s() const;
  std::string metrics_text() const;
  void add_responders(std::vector<exporters::Gauge>& gauges) const;
  void add_jobs(std::vector<exporters::Gauge>& gauges) const;
  void add_reply_cache(std::vector<exporters::Gauge>& gauges) const;
};

// Writes what was spent of windows of an hour and more into the data folder. Blocks. From any
// thread.
Result<void> save_limits(const House& house);
// At the start: takes them over, and gives the seed for the keys of limits.
guard::RateSeed load_limits(House& house);

// What tells who asks; and, once the stores are open, the accounts in them.
Result<void> open_identity(House& house);
Result<void> open_accounts(House& house);

// The keys of access tokens, made where there are none for the algorithm that is set, and who has
// refresh tokens.
Result<void> open_tokens(House& house);
crypto::JwsAlgorithm token_algorithm(const settings::Settings& settings);
// Takes the keys over that the store has.
Result<void> use_token_keys(House& house, const std::vector<identity::StoredTokenKey>& keys);

// Where requests are recorded, or were: what is left then goes at its time.
Result<void> open_recordings(House& house);

// What brings sealed rows to the newest key.
Result<void> open_at_rest(House& house);

// Who answers what.
Result<void> open_route(House& house);
std::vector<server::ResponderHealth> responder_health(const House& house);

exporters::LogWriterSettings log_writer_settings(const settings::LogSettings& from);

// Where answers are kept to be given again; how it does.
Result<void> open_reply_cache(House& house);
std::string reply_cache_state(const House& house);

// Opens stores, loads certificates and keys. The error says in one line what to do.
Result<std::unique_ptr<House>> build_house(settings::Settings settings);

// The parts of the configuration that a reload replaces.
// What follows when a client goes on misbehaving.
guard::EscalationSettings escalation_settings(const settings::Settings& settings);
std::shared_ptr<const server::PipelineSettings> make_pipeline_settings(
    const settings::Settings& settings, const GuardRules& rules, WallTime now);
// Null where the settings have none. Blocks.
Result<std::unique_ptr<firewall::CoreRuleSet>> open_firewall(const settings::Settings& settings);
Result<std::shared_ptr<const net::TlsContext>> load_server_tls(const settings::Settings& settings);

}  // namespace gatehouse::app
