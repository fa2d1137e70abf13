#include "house.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "data_files.hpp"
#include "gatehouse/codec/header_values.hpp"
#include "gatehouse/guard/price_table.hpp"
#include "gatehouse/knowledge/embedded_source.hpp"
#include "gatehouse/server/asset.hpp"
#include "gatehouse/store/files/folder_source.hpp"
#include "key_files.hpp"
#include "line.hpp"

namespace gatehouse::app {
namespace {

constexpr std::size_t kQueueLimit = 1024;
constexpr std::size_t kHashingQueueLimit = 64;  // each takes 60 ms and 64 MB
constexpr std::string_view kDocumentsFolder = "/documents/";

unsigned workers_of(const settings::Settings& settings) {
  if (settings.server.workers > 0) return settings.server.workers;
  return std::max(1U, std::thread::hardware_concurrency());
}

std::vector<std::shared_ptr<telemetry::LogRing>> make_rings(unsigned workers) {
  std::vector<std::shared_ptr<telemetry::LogRing>> rings;
  for (unsigned i = 0; i <= workers; ++i) rings.push_back(std::make_shared<telemetry::LogRing>());
  return rings;
}

Result<void> make_data_dir(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error).lexically_normal();
  std::filesystem::create_directories(absolute.parent_path(), error);
  // Its owner's alone. One that is there already keeps its mode.
  if (::mkdir(absolute.c_str(), 0700) != 0 && errno != EEXIST)
    error = std::error_code(errno, std::generic_category());
  if (!error && access(path.c_str(), W_OK) == 0) return {};
  const std::string why = error ? error.message() : std::strerror(errno);
  return fail(ErrorCode::kUnavailable,
              "Can't write to the data folder " + path + ": " + why +
                  ". Choose another with --data-dir, or give this user the right to write there.");
}

std::string own_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string(".") : program.parent_path().string();
}

// The documents inside the binary, by the name they have in their folder.
const std::vector<knowledge::EmbeddedFile>& embedded_documents() {
  static const std::vector<knowledge::EmbeddedFile> kFiles = [] {
    std::vector<knowledge::EmbeddedFile> files;
    for (const auto& asset : server::embedded_assets()) {
      if (asset.path.starts_with(kDocumentsFolder))
        files.push_back({asset.path.substr(kDocumentsFolder.size()), asset.identity});
    }
    return files;
  }();
  return kFiles;
}

std::string_view preset_name(settings::LimitSettings::Preset preset) {
  constexpr std::array<std::string_view, 6> kNames = {"balanced",  "line",   "proxy",
                                                      "messenger", "ai-api", "documents"};
  return kNames[static_cast<std::size_t>(preset)];
}

Result<guard::RateLimitPolicy> rate_policy(const settings::Settings& settings) {
  const auto& from = settings.limits;
  guard::RateLimitOverrides overrides{.per_minute = from.per_minute,
                                      .per_hour = from.per_hour,
                                      .requests = from.requests,
                                      .site_per_minute = from.site_per_minute,
                                      .tokens_per_minute = from.tokens_per_minute,
                                      .tokens_per_day = from.tokens_per_day,
                                      .site_tokens_per_day = from.site_tokens_per_day,
                                      .money_micros_per_day = from.money_micros_per_day,
                                      .site_money_micros_per_day = from.site_money_micros_per_day,
                                      .tokens_reserved = from.tokens_reserved};
  if (from.window) {
    overrides.window_s = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(*from.window).count());
  }
  return guard::make_rate_limit_policy(preset_name(from.preset), overrides);
}

Result<void> open_guard(House& house) {
  auto instructions = read_instructions(house.settings);
  if (!instructions) return std::unexpected(instructions.error());
  house.instructions = std::move(*instructions);
  auto rules = load_guard_rules(house.settings.guard, house.instructions.canaries);
  if (!rules) return std::unexpected(rules.error());
  house.guard_rules = std::move(*rules);
  auto firewall = open_firewall(house.settings);
  if (!firewall) return std::unexpected(firewall.error());
  house.firewall = std::move(*firewall);
  house.flood = std::make_unique<guard::FloodTable>(house.random.next_u64());
  auto rates = store::memory::RateTable::create(house.settings.limits.table_bytes);
  if (!rates) return std::unexpected(rates.error());
  house.rates = std::move(*rates);
  house.rate_seed = load_limits(house);
  using FailMode = settings::LimitSettings::FailMode;
  const auto set = house.settings.limits.fail_mode;
  const auto mode = set == FailMode::kOpen     ? guard::RateFailMode::kOpen
                    : set == FailMode::kClosed ? guard::RateFailMode::kClosed
                                               : guard::RateFailMode::kLocalShare;
  house.rate_store =
      std::make_unique<guard::FallbackRateStore>(*house.rates, *house.rates, mode, 1);
  const auto policy = rate_policy(house.settings);
  if (!policy) return std::unexpected(policy.error());
  house.limits = std::make_unique<guard::RateLimits>(*policy, "default", house.rate_seed);
  house.escalation = std::make_unique<guard::Escalation>(house.clock, house.random,
                                                         escalation_settings(house.settings));
  house.cadence = std::make_unique<guard::CadenceTable>(house.random.next_u64());
  if (house.settings.guard.verifies_crawlers)
    house.crawlers = std::make_unique<guard::CrawlerChecks>(house.clock, house.random.next_u64());
  house.session_watch = std::make_unique<guard::SessionWatch>(house.random.next_u64());
  const auto& from = house.settings.limits;
  house.places = std::make_unique<guard::Places>(
      guard::Places::Settings{.streams_per_principal = from.streams_per_principal,
                              .streams_per_prefix = from.streams_per_prefix,
                              .answers_per_principal = from.answers_per_principal},
      house.random.next_u64());
  return {};
}

Result<void> open_conversations(House& house) {
  auto keys = open_sealing_keys(house.settings.store_key_file, house.random);
  if (!keys) return std::unexpected(keys.error());
  house.sealers.emplace(*keys);
  const std::string path = store_path(house.settings.data_dir);
  auto opened = store::sqlite::open_store_file(path);
  if (!opened) return std::unexpected(opened.error());
  house.writer = std::move(opened->writer);
  house.readers = std::move(opened->readers);
  house.conversations = std::make_unique<store::sqlite::Conversations>(
      *house.writer, *house.readers, house.message_texts());
  house.ended_sessions = std::make_unique<store::sqlite::EndedSessions>(*house.writer);
  house.job_store =
      std::make_unique<store::sqlite::Jobs>(*house.writer, *house.readers, house.random);
  house.job_queue = std::make_unique<jobs::JobQueue>(*house.job_store);
  const auto interrupted = house.conversations->mark_interrupted();
  if (!interrupted) return std::unexpected(interrupted.error());
  if (*interrupted > 0) {
    house.log.warning("REPLIES_INTERRUPTED",
                      "Replies that an earlier run had not finished are marked as interrupted.",
                      {{"count", *interrupted}});
  }
  const auto ended = house.ended_sessions->load_all("default", house.clock.wall());
  if (!ended) return std::unexpected(ended.error());
  house.sessions->load(*ended);
  auto explanations = store::sqlite::Explanations::open(explanations_path(house.settings.data_dir));
  if (!explanations) return std::unexpected(explanations.error());
  house.explanations = std::move(*explanations);
  house.ban_store = std::make_unique<store::sqlite::Bans>(*house.writer);
  const auto bans = house.ban_store->load_all_and_wait("default");
  if (!bans) return std::unexpected(bans.error());
  house.escalation->bans().load(*bans);
  return {};
}

Result<void> open_knowledge(House& house) {
  auto opened = store::sqlite::KnowledgeDatabase::open(house.settings.data_dir + "/knowledge.db");
  if (!opened) return std::unexpected(opened.error());
  house.knowledge = std::move(*opened);
  house.extractor =
      std::make_unique<extract::Extractor>(own_folder() + "/gatehouse-extract", house.clock);
  if (house.settings.documents.empty()) {
    house.source = std::make_unique<knowledge::EmbeddedSource>(embedded_documents());
    return {};
  }
  std::error_code error;
  if (!std::filesystem::is_directory(house.settings.documents, error)) {
    return fail(ErrorCode::kNotFound, "The documents folder " + house.settings.documents +
                                          " does not exist or is no folder. Make it, or correct "
                                          "--documents (GATEHOUSE_DOCUMENTS).");
  }
  house.source = std::make_unique<store::files::FolderSource>(house.settings.documents);
  return {};
}

}  // namespace

guard::EscalationSettings escalation_settings(const settings::Settings& settings) {
  const auto& from = settings.guard;
  guard::EscalationSettings made{
      .greatest = static_cast<guard::EscalationSettings::Greatest>(from.escalation),
      .challenge_at = from.challenge_at,
      .ban_at = from.ban_at};
  made.bans.base = from.first_ban;
  made.bans.never = from.never_ban;
  // All who come through a proxy would be banned with one of them.
  const auto& proxies = settings.server.trusted_proxies;
  made.bans.never.insert(made.bans.never.end(), proxies.begin(), proxies.end());
  return made;
}

exporters::LogWriterSettings log_writer_settings(const settings::LogSettings& from) {
  using Form = exporters::LogWriterSettings::Form;
  using Stdout = settings::LogSettings::Stdout;
  exporters::LogWriterSettings settings;
  settings.standard_output = Form::kOff;
  if (from.standard_output == Stdout::kJson) settings.standard_output = Form::kJson;
  if (from.standard_output == Stdout::kText) settings.standard_output = Form::kText;
  settings.file_path = from.file;
  settings.file_bytes = from.file_bytes;
  settings.file_count = from.file_count;
  return settings;
}

House::~House() {
  if (data_dir_lock >= 0) close(data_dir_lock);
}

House::House(settings::Settings from)
    : settings(std::move(from)),
      worker_count(workers_of(settings)),
      counters(worker_count + 1),
      rings(make_rings(worker_count)),
      log_writer(std::make_unique<exporters::LogWriter>(clock, log_writer_settings(settings.log),
                                                        rings, &counters.of_worker(worker_count))),
      log(clock, settings.log.level, rings.back()),
      rate_clock(clock),
      socket_tickets(clock, random),
      password_hashing("passwords", std::max(1U, worker_count / 4), kHashingQueueLimit,
                       async::BlockingPool::Importance::kWhenIdle),
      knowledge_writing("index writer", 1, kQueueLimit),
      knowledge_reading("index reader", 1, kQueueLimit),
      parsing("documents", 1, kQueueLimit),
      housekeeping("housekeeping", 1, kQueueLimit),
      name_lookups("names", 2, kQueueLimit),
      resolver(name_lookups),
      crawler_lookups("crawlers", 1, guard::CrawlerChecks::kMostQuestions),
      crawler_names(crawler_lookups),
      caps(settings.server.connections_max, settings.server.connections_per_prefix_max) {}

telemetry::Log House::make_log(unsigned worker) const {
  return telemetry::Log(clock, settings.log.level, rings[worker]);
}

void House::note_progress(const knowledge::IngestProgress& progress) {
  if (!progress.is_finished) return;
  // A folder of which not one file could be read is no knowledge: mostly the reader is missing.
  const bool has_knowledge = progress.total == 0 || progress.failed.size() < progress.total;
  const bool was_indexed = is_indexed.exchange(has_knowledge);
  if (was_indexed && progress.indexed == 0 && progress.removed == 0) return;
  log.info("DOCUMENTS_INDEXED", "The documents were read.",
           {{"files", progress.total},
            {"indexed", progress.indexed},
            {"removed", progress.removed},
            {"failed", progress.failed.size()}});
  for (const auto& file : progress.failed) {
    log.warning("DOCUMENT_SKIPPED", file.reason, {{"file", file.name}});
  }
}

std::shared_ptr<const server::PipelineSettings> make_pipeline_settings(
    const settings::Settings& settings, const GuardRules& rules, WallTime now) {
  auto made = std::make_shared<server::PipelineSettings>();
  made->policy.version = to_rfc3339(now);
  made->policy.fingerprint = policy_fingerprint(settings, rules);
  made->policy.hosts = settings.server.hosts;
  for (const auto& origin : settings.cors.origins)
    made->policy.origins.push_back(codec::normalised_origin(origin));
  made->policy.allows_any_origin = settings.cors.allows_any_origin;
  made->policy.allows_credentials = settings.cors.allows_credentials;
  made->policy.message_max_characters = settings.chat.message_max_characters;
  made->policy.reply_max_bytes = settings.chat.reply_max_bytes;
  made->policy.flag_at = settings.guard.flag_at;
  made->policy.deny_at = settings.guard.deny_at;
  made->policy.enforces = settings.guard.enforces;
  made->policy.observed_rules = settings.guard.observed_rules;
  made->policy.scan_max_bytes = settings.guard.scan_max_bytes;
  made->policy.denies_unscanned = settings.guard.denies_unscanned;
  made->policy.reply_rules = rules.reply;
  // They were read when the settings were loaded.
  made->policy.prices = std::make_shared<const guard::PriceTable>(
      guard::PriceTable::read(settings.prices.models).value());
  made->policy.firewall = static_cast<guard::FirewallMode>(settings.guard.waf);
  made->policy.session_signals = static_cast<guard::SessionSignals>(settings.session.signals);
  made->policy.ja4_denied = settings.guard.ja4_denied;
  made->policy.bots = static_cast<guard::BotPolicy>(settings.guard.bots);
  made->trusted_proxies = settings.server.trusted_proxies;
  const bool is_secure = settings.tls.is_enabled || settings.tls.is_behind_proxy;
  made->https_origin = settings.server.public_url;
  if (!made->https_origin.starts_with("https://"))
    made->https_origin = "https://" + settings.server.listen.to_string();
  // The prefix makes browsers hold the cookie to this very host over TLS (RFC 6265bis §4.1.3.2).
  const std::string prefix = is_secure ? "__Host-" : "";
  made->session_cookie = prefix + settings.session.cookie_name;
  made->account_cookie = prefix + settings.accounts.cookie_name;
  made->common_header_lines = server::security_header_lines(settings.is_production() && is_secure);
  made->default_csp_line = server::default_csp_line();
  return made;
}

Result<std::unique_ptr<firewall::CoreRuleSet>> open_firewall(const settings::Settings& settings) {
  const auto& from = settings.guard;
  if (from.waf == settings::GuardSettings::Waf::kOff) return nullptr;
  return firewall::CoreRuleSet::open({.module_path = own_folder() + "/gatehouse-firewall.so",
                                      .rules_folder = from.waf_rules,
                                      .paranoia = from.waf_paranoia,
                                      .reads_messages = from.waf_reads_messages,
                                      .threads = workers_of(settings),
                                      .patience = from.waf_timeout});
}

Result<std::shared_ptr<const net::TlsContext>> load_server_tls(const settings::Settings& settings) {
  const auto& tls = settings.tls;
  if (!tls.is_enabled) return nullptr;
  if (tls.self_signed == settings::TlsSettings::SelfSigned::kOff) {
    return net::TlsContext::for_server(tls.certificate_path, tls.key_path);
  }
  // One that was made before serves until it has expired.
  if (auto kept = net::TlsContext::for_server(tls.certificate_path, tls.key_path)) return kept;
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(tls.key_path).parent_path(), error);
  const bool is_p256 = tls.self_signed == settings::TlsSettings::SelfSigned::kP256;
  const auto kind = is_p256 ? net::KeyKind::kP256 : net::KeyKind::kRsa4096;
  auto made = net::make_self_signed(tls.certificate_path, tls.key_path, kind);
  if (!made) return std::unexpected(made.error());
  return net::TlsContext::for_server(tls.certificate_path, tls.key_path);
}

namespace {

std::shared_ptr<const server::HealthParts> make_health(House& house) {
  const auto& policy = house.limits->policy();
  server::HealthFacts facts{
      .version = GATEHOUSE_VERSION,
      .environment = house.settings.is_production() ? "production" : "development",
      .is_debug = house.settings.is_debug,
      .limit_per_minute = static_cast<std::uint32_t>(policy.any_minute.limit),
      .limit_per_hour = static_cast<std::uint32_t>(policy.any_hour.limit),
      .started_at = house.clock.now()};
  facts.checks.push_back({"database", [&house] {
                            return house.writer->is_healthy() ? std::string()
                                                              : house.writer->last_error();
                          }});
  if (house.route.names("knowledge"))
    facts.checks.push_back({"knowledge", [&house] {
                              return house.is_indexed ? std::string() : std::string("indexing");
                            }});
  facts.checks.push_back(
      {"jobs", [&house] { return house.job_counts.trouble(house.clock.wall()); }, false});
  if (house.settings.line.is_used())
    facts.channels.push_back({"line", [&house] { return line_health_json(house); }});
  facts.disabled_services = {"redis"};
  facts.responders = [&house] { return responder_health(house); };
  facts.reply_cache = [&house] { return reply_cache_state(house); };
  facts.is_draining = [&house] { return house.is_draining.load(); };
  return std::make_shared<const server::HealthParts>(server::HealthParts{
      .clock = house.clock,
      .counters = house.counters,
      .facts = std::move(facts),
      .metrics_text = [&house] { return house.metrics_text(); },
      .oldest_connection_age_s = [&house] { return house.oldest_connection_age_s(); },
      .active_sessions = [&house] { return house.sessions->active(); }});
}

}  // namespace

Result<std::unique_ptr<House>> build_house(settings::Settings settings) {
  if (auto made = make_data_dir(settings.data_dir); !made) return std::unexpected(made.error());
  auto lock = lock_data_dir(settings.data_dir);
  if (!lock) return std::unexpected(lock.error());
  auto house = std::make_unique<House>(std::move(settings));
  house->data_dir_lock = *lock;
  auto server_tls = load_server_tls(house->settings);
  if (!server_tls) return std::unexpected(server_tls.error());
  house->server_tls = std::move(*server_tls);
  // The machine's certificates take a while to load; only what is asked over TLS needs them.
  if (house->settings.asks_over_tls()) {
    auto client_tls = net::TlsContext::for_client();
    if (!client_tls) return std::unexpected(client_tls.error());
    house->client_tls = std::move(*client_tls);
  }
  for (const auto open :
       {open_guard, open_identity, open_conversations, open_accounts, open_tokens, open_recordings,
        open_at_rest, open_knowledge, open_route, open_reply_cache}) {
    if (auto opened = open(*house); !opened) return std::unexpected(opened.error());
  }
  house->pipeline_settings =
      make_pipeline_settings(house->settings, house->guard_rules, house->clock.wall());
  house->health = make_health(*house);
  return house;
}

}  // namespace gatehouse::app
