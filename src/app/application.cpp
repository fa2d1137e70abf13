#include "application.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <latch>

namespace gatehouse::app {
namespace {

sigset_t handled_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// The usual soft limit of 1,024 is for programs of another time; up to the hard one is anyone's.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

async::Task<void> drain_unit(WorkerUnit& unit, Deadline deadline, std::latch& done) {
  co_await unit.drain(deadline);
  done.count_down();
}

}  // namespace

void prepare_process() {
  const sigset_t signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
}

void keep_memory_private() {
  const rlimit none{};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

Application::Application(std::unique_ptr<House> house, LoadSettings load)
    : house_(std::move(house)), load_(std::move(load)), applied_(house_->settings) {
  for (unsigned i = 0; i < house_->worker_count; ++i)
    units_.push_back(std::make_unique<WorkerUnit>(*house_, i));
  for (const auto& unit : units_) house_->hosts.push_back(&unit->host());
  if (house_->settings.jobs.is_in_server) units_.front()->take_jobs();
}

Application::~Application() = default;

Result<void> Application::listen() {
  for (const auto& unit : units_) {
    if (auto used = unit->use_rules(house_->guard_rules.message); !used) return used;
  }
  auto& first = *units_.front();
  std::vector<server::HostOnWorker> hosts;
  for (const auto& unit : units_) hosts.push_back({&unit->worker(), &unit->host()});
  const auto open =
      [&](const settings::ListenAddress& at) -> Result<std::unique_ptr<server::Acceptor>> {
    auto listener = net::Listener::open(first.worker(), {at.address, at.port});
    if (!listener) return std::unexpected(listener.error());
    return std::make_unique<server::Acceptor>(std::move(*listener), hosts, house_->caps,
                                              house_->counters.of_worker(0));
  };
  auto acceptor = open(house_->settings.server.listen);
  if (!acceptor) return std::unexpected(acceptor.error());
  acceptor_ = std::move(*acceptor);
  if (const auto& at = house_->settings.tls.redirect_listen) {
    auto redirector = open(*at);
    if (!redirector) return std::unexpected(redirector.error());
    redirector_ = std::move(*redirector);
  }
  apply_listener_terms();
  return {};
}

void Application::apply_listener_terms() {
  const auto& trusted = house_->pipeline_settings->trusted_proxies;
  acceptor_->replace({.tls = house_->server_tls}, trusted);
  if (redirector_) redirector_->replace({.redirects_to_https = true}, trusted);
}

std::string Application::address() const {
  const auto endpoint = acceptor_->endpoint();
  const std::string scheme = house_->server_tls ? "https://" : "http://";
  return scheme + settings::ListenAddress{endpoint.address, endpoint.port}.to_string();
}

void Application::record(audit::Event event) {
  event.at = house_->clock.wall();
  auto& first = *units_.front();
  first.worker().post(
      [&first, event = std::move(event)]() mutable { first.record(std::move(event)); });
}

// Refused here at once; the first worker makes it last.
void Application::end_threatened_sessions() {
  auto& first = *units_.front();
  house_->session_watch->set_on_threat([this, &first](const guard::ThreatenedSession& session) {
    const Principal& principal = session.principal;
    const bool is_account = principal.kind == Principal::Kind::kAccount;
    if (is_account) {
      house_->account_sessions->end({principal.session_id});
    } else {
      house_->sessions->end(principal.id);
    }
    audit::Event event{.at = house_->clock.wall(),
                       .action = std::string(audit::action::kSessionsEnded),
                       .actor = "gatehouse",
                       .subject = principal.owner(),
                       .client = session.client.to_string(),
                       .request_id = std::string(session.request_id),
                       .detail = std::string(session.rule)};
    first.worker().post(
        [&first, principal, event = std::move(event)] { first.keep_end(principal, event); });
  });
}

void Application::start_workers() {
  auto& first = *units_.front();
  house_->escalation->set_on_ban([this, &first](const guard::Ban& ban) {
    house_->log.warning(telemetry::event::kSecurityAlert, "A client is banned for a time.",
                        {{"rule", "ban.begun"},
                         {"prefix", ban.prefix.to_string()},
                         {"reason", ban.reason},
                         {"strikes", ban.strikes},
                         {"expires_at", to_rfc3339(ban.expires_at)}});
    first.worker().post([&first, ban] { first.keep(ban); });
  });
  end_threatened_sessions();
  if (house_->crawlers) {
    house_->crawlers->set_on_question([&first](const guard::CrawlerChecks::Question& question) {
      first.worker().post([&first, question] { first.verify(question); });
    });
  }
  first.worker().post([this, &first] {
    first.control().spawn("accept", acceptor_->run());
    if (redirector_) first.control().spawn("accept redirects", redirector_->run());
  });
  ingested_documents_ = std::make_unique<store::sqlite::KnowledgeDocuments>(
      first.worker(), *house_->knowledge,
      store::sqlite::KnowledgeDocuments::Lanes{house_->knowledge_writing,
                                               house_->knowledge_reading});
  ingestor_ = std::make_unique<knowledge::Ingestor>(
      first.worker(),
      knowledge::Ingestor::Ports{*house_->source, *house_->extractor, *ingested_documents_,
                                 house_->parsing, house_->random},
      knowledge::CollectionKey{},
      [this](const knowledge::IngestProgress& progress) { house_->note_progress(progress); });
  first.worker().post([this, &first] {
    first.control().spawn("index documents", ingestor_->watch([this](const Error& error) {
      house_->log.error("INDEX_FAILED", error.for_log());
    }));
  });
  for (const auto& unit : units_) {
    unit->worker().post([&unit] { unit->begin(); });
    threads_.emplace_back([&unit] {
      pthread_setname_np(pthread_self(),
                         ("worker " + std::to_string(unit->worker().index())).c_str());
      unit->worker().run();
    });
  }
}

int Application::run() {
  warn_of_exposure();
  start_workers();
  house_->log.info(
      "STARTED", "Gatehouse is serving.",
      {{"address", address()}, {"version", GATEHOUSE_VERSION}, {"workers", house_->worker_count}});
  wait_for_signals();
  drain_and_stop();
  house_->log.info("STOPPED", "Gatehouse has stopped.");
  return 0;
}

void Application::warn_of_exposure() {
  const auto& listen = house_->settings.server.listen;
  if (listen.address.is_loopback()) return;
  house_->log.warning(telemetry::event::kSecurityAlert,
                      "Gatehouse listens on an address that other machines can reach.",
                      {{"address", listen.to_string()}});
}

void Application::wait_for_signals() {
  const sigset_t signals = handled_signals();
  const Duration interval = house_->settings.secrets.refresh;
  TimePoint next_refresh = house_->clock.now() + interval;
  while (true) {
    const bool refreshes = interval > Duration::zero() && applied_.secrets.has_references;
    const TimePoint now = house_->clock.now();
    if (refreshes && now >= next_refresh) {
      refresh_secrets();
      next_refresh = house_->clock.now() + interval;
      continue;
    }
    const auto wait = std::chrono::ceil<std::chrono::seconds>(next_refresh - now);
    const timespec patience{.tv_sec = wait.count(), .tv_nsec = 0};
    const int signal = sigtimedwait(&signals, nullptr, refreshes ? &patience : nullptr);
    if (signal < 0) continue;  // the time is over, or a debugger came by
    if (signal != SIGHUP) return;
    reload();
    next_refresh = house_->clock.now() + interval;
  }
}

void Application::drain_and_stop() {
  house_->is_draining = true;
  house_->log.info("DRAINING",
                   "Gatehouse takes no new connections and finishes what it has begun.");
  const Duration wait = house_->settings.server.drain_timeout;
  auto& first = units_.front()->worker();
  first.post([this] {
    acceptor_->close();
    if (redirector_) redirector_->close();
    ingestor_->stop_watching();
  });
  std::latch done(static_cast<std::ptrdiff_t>(units_.size()));
  for (const auto& unit : units_) {
    unit->worker().post([&unit, &done, wait] {
      unit->control().spawn("drain", drain_unit(*unit, unit->worker().in(wait), done));
    });
  }
  done.wait();
  for (const auto& unit : units_) unit->finish();
  for (auto& thread : threads_) thread.join();
  if (const auto kept = save_limits(*house_); !kept)
    house_->log.warning("STORE_FAILED", kept.error().for_log());
}

}  // namespace gatehouse::app
