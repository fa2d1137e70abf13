#include "worker_unit.hpp"

#include "routes.hpp"
#include "worker_settings.hpp"

namespace gatehouse::app {
namespace {

constexpr Duration kBansInterval = std::chrono::seconds(2);
constexpr Duration kLimitsInterval = std::chrono::minutes(1);
constexpr Duration kSweepInterval = std::chrono::seconds(30);
constexpr auto kExpiryInterval = std::chrono::minutes(10);
constexpr Duration kCountsInterval = std::chrono::seconds(5);

std::string text_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "unknown exception";
  }
}

async::TaskGroup::OnException reporter(telemetry::Log& log, telemetry::Counters& counters) {
  return [&log, &counters](std::string_view task, std::exception_ptr exception) {
    counters.add(telemetry::Counter::kTasksFailed);
    log.error("TASK_FAILED", "A task ended with an exception.",
              {{"task", task}, {"detail", text_of(exception)}});
  };
}

// It lives as long as the settings that it stands in.
std::shared_ptr<const guard::Policy> policy_of(
    const std::shared_ptr<const server::PipelineSettings>& settings) {
  return {settings, &settings->policy};
}

}  // namespace

WorkerUnit::WorkerUnit(House& house, unsigned index)
    : house_(house),
      worker_(house.clock, index),
      log_(house.make_log(index)),
      counters_(house.counters.of_worker(index)),
      on_exception_(reporter(log_, counters_)),
      guards_({house.clock, house.rate_clock, *house.limits, *house.rate_store, *house.escalation,
               *house.places, *house.session_watch, *house.cadence, house.explanation_sampler,
               *house.explanations, house.firewall.get(), house.crawlers.get(),
               house.settings.record.is_enabled ? house.recordings.get() : nullptr},
              log_, counters_),
      policy_(policy_of(house.pipeline_settings)),
      documents_(worker_, *house.knowledge, {house.knowledge_writing, house.knowledge_reading}),
      responders_(house, worker_, counters_, log_, documents_, policy_, on_exception_),
      reception_({worker_, house.directory, responders_.route(), guards_, house.random, policy_}),
      openid_(make_openid_unit(house, worker_, counters_)),
      is_stopping_(worker_),
      control_(worker_, on_exception_),
      last_(worker_, on_exception_) {
  guards_.set_policy_version(policy_.get().version);
  chat_ = std::make_unique<chat::ChatService>(
      chat::ChatParts{worker_, *house.conversations, responders_.route(), house.random, counters_,
                      log_, chat_settings(house, policy_), on_exception_});
  house.directory.add(*chat_);
  const auto& from = house.settings;
  web_ = channels::make_web_handlers(std::make_shared<const channels::WebParts>(
      channels::WebParts{worker_, house.directory, *house.conversations, *house.sessions,
                         *house.ended_sessions, *house.live_principals, reception_, guards_,
                         counters_, house.random, web_settings(house, policy_)}));
  websocket_ = channels::make_websocket_handlers(std::make_shared<const channels::WebSocketParts>(
      channels::WebSocketParts{worker_, reception_, *house.live_principals, house.socket_tickets,
                               guards_, counters_, log_, websocket_settings(house, policy_)}));
  auth_ = channels::make_auth_handlers(std::make_shared<const channels::AuthParts>(
      channels::AuthParts{worker_,
                          *house.sign_in,
                          *house.second_step,
                          *house.accounts,
                          *house.account_sessions,
                          *house.account_session_store,
                          *house.api_keys,
                          *house.api_key_store,
                          *house.access_tokens,
                          house.token_keys,
                          *house.refresh_families,
                          house.live_families,
                          *house.identities,
                          openid_->providers,
                          *house.audit,
                          house.directory,
                          *house.conversations,
                          house.escalation->challenges(),
                          guards_,
                          log_,
                          counters_,
                          house.random,
                          channels::AuthSettings{.cookie = house.pipeline_settings->account_cookie,
                                                 .is_cookie_secure = from.tls.is_enabled ||
                                                                     from.tls.is_behind_proxy}}));
  job_pages_ = channels::make_jobs_handlers(std::make_shared<const channels::JobsParts>(
      channels::JobsParts{worker_, *house.job_queue, *house.audit, guards_, counters_,
                          upkeep_jobs(), from.chat.heartbeat}));
  host_ = std::make_unique<server::WorkerHost>(server::WorkerHostParts{
      worker_,
      make_routes({house, worker_, log_, counters_, guards_, policy_, responders_.route(),
                   documents_, web_, websocket_, auth_, job_pages_, handlers_}),
      guards_, *house.authenticator, house.pipeline_settings, server_limits(from), log_, counters_,
      house.random, on_exception_});
}

void WorkerUnit::replace(std::shared_ptr<const server::PipelineSettings> settings,
                         const std::shared_ptr<const guard::MessageRules>& rules) {
  guards_.set_policy_version(settings->policy.version);
  policy_.replace(policy_of(settings));
  host_->replace_settings(std::move(settings));
  if (const auto used = use_rules(rules); !used)
    log_.error("RELOAD_FAILED", used.error().client_message);
}

void WorkerUnit::begin() {
  control_.spawn("keep house", keep_house());
  if (jobs_) jobs_->begin();
}

void WorkerUnit::keep(guard::Ban ban) { control_.spawn("keep ban", keep_ban(std::move(ban))); }

void WorkerUnit::record(audit::Event event) {
  control_.spawn("record", append_record(std::move(event)));
}

void WorkerUnit::keep_end(Principal principal, audit::Event event) {
  control_.spawn("keep end", keep_ended(std::move(principal), std::move(event)));
}

async::Task<void> WorkerUnit::keep_ended(Principal principal, audit::Event event) {
  Result<void> kept;
  if (principal.kind == Principal::Kind::kAccount) {
    kept = co_await house_.account_session_store->end(worker_, principal.site,
                                                      {principal.session_id}, std::move(event));
  } else {
    kept = co_await house_.ended_sessions->add(worker_, principal.site,
                                               {principal.id, house_.sessions->last_expiry()});
  }
  if (!kept) log_.error("STORE_FAILED", kept.error().for_log());
}

void WorkerUnit::verify(const guard::CrawlerChecks::Question& question) {
  control_.spawn("verify crawler", verify_crawler(question));
}

async::Task<void> WorkerUnit::verify_crawler(guard::CrawlerChecks::Question question) {
  const auto& domains = question.crawler->domains;
  const auto found = co_await net::is_named_below(house_.crawler_names, worker_, question.client,
                                                  {domains.begin(), domains.end()});
  using enum guard::CrawlerClaim;
  house_.crawlers->note(question, !found ? kUnknown : *found ? kTrue : kFalse);
}

async::Task<void> WorkerUnit::append_record(audit::Event event) {
  const auto kept = co_await house_.audit->append(worker_, std::move(event));
  if (!kept) log_.error("STORE_FAILED", kept.error().for_log());
}

async::Task<void> WorkerUnit::keep_audit() {
  const auto kept = co_await house_.audit_keeper->keep(worker_, "default");
  if (!kept) log_.warning("STORE_FAILED", kept.error().for_log());
}

async::Task<void> WorkerUnit::keep_ban(guard::Ban ban) {
  co_await append_record({.at = house_.clock.wall(),
                          .action = std::string(audit::action::kBanBegun),
                          .actor = "gatehouse",
                          .subject = "network:" + ban.prefix.to_string(),
                          .detail = ban.reason});
  const auto kept = co_await house_.ban_store->put(worker_, "default", std::move(ban));
  if (!kept) log_.error("STORE_FAILED", kept.error().for_log());
}

// Every worker forgets the streams that nobody follows; the first does what is done once.
async::Task<void> WorkerUnit::keep_house() {
  TimePoint next_sweep = worker_.now();
  TimePoint next_save = worker_.now() + kLimitsInterval;
  TimePoint next_expiry = worker_.now();
  TimePoint next_counts = worker_.now();
  const bool is_first = worker_.index() == 0;
  if (is_first) co_await check_scanner();
  while (!is_stopping_.is_set()) {
    if (worker_.now() >= next_sweep) {
      next_sweep = worker_.now() + kSweepInterval;
      chat_->sweep();
    }
    if (is_first) {
      co_await take_over_bans();
      co_await take_over(*house_.account_sessions, *house_.account_session_store,
                         must_load_sessions_);
      co_await take_over(*house_.api_keys, *house_.api_key_store, must_load_keys_);
      co_await take_over(house_.live_families, *house_.refresh_family_store, must_load_families_);
      co_await keep_sealing();
      co_await take_over_token_keys();
      co_await keep_explanations();
    }
    if (is_first && worker_.now() >= next_save) {
      next_save = worker_.now() + kLimitsInterval;
      co_await keep_limits();
      co_await keep_uses();
    }
    if (is_first && worker_.now() >= next_expiry) {
      next_expiry = worker_.now() + kExpiryInterval;
      co_await remove_expired();
      co_await keep_audit();
    }
    if (is_first && worker_.now() >= next_counts) {
      next_counts = worker_.now() + kCountsInterval;
      co_await count_jobs();
    }
    co_await is_stopping_.wait(worker_.in(is_first ? kBansInterval : kSweepInterval));
  }
  if (!is_first) co_return;
  co_await keep_explanations();
  co_await keep_uses();
  co_await keep_audit();
}

// Not before the first request is served: it takes a hundredth of a second, and rarely finds a
// fault.
async::Task<void> WorkerUnit::check_scanner() {
  const auto fault = co_await house_.housekeeping.run(
      worker_, [] { return Result<std::optional<std::string>>(guard::scanner_fault()); });
  if (fault && *fault) log_.error(telemetry::event::kSecurityAlert, **fault);
}

// A crash takes what was counted since: a minute of an hour.
async::Task<void> WorkerUnit::keep_limits() {
  const auto kept =
      co_await house_.housekeeping.run(worker_, [&house = house_] { return save_limits(house); });
  if (!kept) log_.warning("STORE_FAILED", kept.error().for_log());
}

async::Task<void> WorkerUnit::keep_explanations() {
  const auto kept = co_await house_.explanations->flush(worker_);
  if (!kept) log_.warning("STORE_FAILED", kept.error().for_log());
  if (!house_.recordings) co_return;
  const auto recorded = co_await house_.recordings->flush(worker_, house_.clock.wall());
  if (!recorded) log_.warning("STORE_FAILED", recorded.error().for_log());
}

// What `gatehouse bans` changes beside the server.
async::Task<void> WorkerUnit::take_over_bans() {
  const auto changed = co_await house_.ban_store->load_changed(worker_, "default");
  if (!changed) {
    log_.warning("STORE_FAILED", changed.error().for_log());
  } else if (*changed) {
    house_.escalation->bans().load(**changed);
  }
}

// `gatehouse users`, `gatehouse sessions` and `gatehouse apikeys` work beside the server.
template <typename Held, typename Store>
async::Task<void> WorkerUnit::take_over(Held& held, Store& store, bool& must_load) {
  const auto generation = held.generation();
  auto changed = co_await store.load_changed(worker_, "default", must_load);
  must_load = true;
  if (!changed) {
    log_.warning("STORE_FAILED", changed.error().for_log());
    co_return;
  }
  // Something was added or removed here meanwhile: what was read may be older, and is read again.
  if (*changed && !held.load(std::move(**changed), generation)) co_return;
  must_load = false;
}

// What `gatehouse keys rotate` changes.
async::Task<void> WorkerUnit::take_over_token_keys() {
  const auto changed = co_await house_.token_key_store->load_changed(worker_, "default");
  if (!changed) {
    log_.warning("STORE_FAILED", changed.error().for_log());
  } else if (*changed) {
    const auto used = use_token_keys(house_, **changed);
    if (!used) log_.error("TOKEN_KEYS_FAILED", used.error().for_log());
  }
}

// What `gatehouse keys rotate --at-rest` begins.
async::Task<void> WorkerUnit::keep_sealing() {
  const auto news = co_await house_.at_rest->tick(worker_, house_.housekeeping);
  if (!news) {
    log_.error("SEALING_FAILED", news.error().for_log());
    co_return;
  }
  if (news->has_new_keys) {
    log_.info("SEALING_KEY_ADDED", "What is sealed in the store is being sealed anew.",
              {{"key", news->newest_key}});
  }
  if (news->has_ended) {
    log_.info(
        "SEALED_ANEW", "All is sealed with the newest key; those before were dropped.",
        {{"key", news->newest_key}, {"resealed", news->resealed}, {"unopened", news->unreadable}});
  }
}

// When sessions and keys were used.
async::Task<void> WorkerUnit::keep_uses() {
  if (auto seen = house_.account_sessions->take_seen(); !seen.empty()) {
    const auto kept =
        co_await house_.account_session_store->note_seen(worker_, "default", std::move(seen));
    if (!kept) log_.warning("STORE_FAILED", kept.error().for_log());
  }
  if (auto used = house_.api_keys->take_used(); !used.empty()) {
    const auto kept = co_await house_.api_key_store->note_used(worker_, "default", std::move(used));
    if (!kept) log_.warning("STORE_FAILED", kept.error().for_log());
  }
}

async::Task<void> WorkerUnit::remove_expired() {
  const WallTime now = house_.clock.wall();
  co_await keep_uses();  // the store must not take what is in use for forgotten
  house_.account_sessions->remove_expired();
  const auto& terms = house_.account_sessions->settings();
  const auto before = [now](Duration age) {
    return now - std::chrono::duration_cast<std::chrono::milliseconds>(age);
  };
  const auto signed_out = co_await house_.account_session_store->remove_expired(
      worker_, before(terms.lifetime), before(terms.idle_timeout));
  if (!signed_out) log_.warning("STORE_FAILED", signed_out.error().for_log());
  const auto& of_tokens = house_.refresh_families->settings();
  const auto families = co_await house_.refresh_family_store->remove_expired(
      worker_, before(of_tokens.lifetime), before(of_tokens.idle_timeout));
  if (families) {
    house_.live_families.end(*families);
  } else {
    log_.warning("STORE_FAILED", families.error().for_log());
  }
  const auto keys = co_await house_.token_key_store->remove_expired(worker_, now);
  if (!keys) log_.warning("STORE_FAILED", keys.error().for_log());
  const auto sessions = co_await house_.ended_sessions->remove_expired(worker_, now);
  if (!sessions) log_.warning("STORE_FAILED", sessions.error().for_log());
  if (house_.replies) {
    const auto oldest = house_.reply_cache->oldest(now);
    const auto replies = co_await house_.replies->remove_expired(worker_, oldest);
    if (!replies) log_.warning("STORE_FAILED", replies.error().for_log());
  }
}

void WorkerUnit::finish() {
  worker_.post([this] {
    last_.spawn("finish",
                [](async::TaskGroup& control, async::Worker& worker) -> async::Task<void> {
                  co_await control.join();
                  worker.stop();
                }(control_, worker_));
  });
}

async::Task<void> WorkerUnit::drain(Deadline deadline) {
  is_stopping_.set();
  // Streams say goodbye while the turns behind them finish; a whole reply is still delivered to who
  // waits for it.
  async::TaskGroup all(worker_, on_exception_);
  all.spawn("drain turns", chat_->drain(deadline));
  all.spawn("drain connections", host_->drain(deadline));
  if (jobs_) all.spawn("drain jobs", jobs_->drain(deadline));
  co_await all.join();
  co_await responders_.drain();
}

}  // namespace gatehouse::app
