#include "responders.hpp"

namespace gatehouse::app {
namespace {

responders::N8nSettings n8n_settings(const settings::Settings& from) {
  using enum settings::N8nSettings::Auth;
  const auto& n8n = from.n8n;
  responders::N8nSettings settings{
      .credential_line = {},
      .token_key = {},
      .token_lifetime = from.jwt.lifetime,
      .session_key = n8n.session_key,
      .input_key = n8n.input_key,
      .streams = static_cast<responders::N8nSettings::Streams>(n8n.streams)};
  if (n8n.auth == kHeader)
    settings.credential_line = responders::n8n_header_line(n8n.api_key_header, n8n.api_key);
  if (n8n.auth == kBasic)
    settings.credential_line = responders::n8n_basic_line(n8n.user, n8n.password);
  // Both were checked when they were loaded.
  if (n8n.auth == kJwt) {
    settings.token_key =
        crypto::JwsKey::from_secret(*crypto::jws_algorithm_of(from.jwt.algorithm), from.jwt.secret);
  }
  return settings;
}

}  // namespace

Responders::Responders(House& house, async::Worker& worker, telemetry::Counters& counters,
                       telemetry::Log& log, knowledge::Documents& documents,
                       guard::CurrentPolicy policy, async::TaskGroup::OnException on_exception) {
  const auto& from = house.settings;
  if (from.openai.is_used()) {
    responders::OpenAiSettings settings;
    settings.api_key = from.openai.api_key;
    settings.model = from.openai.model;
    auto openai = std::make_unique<responders::OpenAiResponder>(
        add_pool(house, worker, counters, from.openai.backend), std::move(settings));
    openai_ = openai.get();
    all_.push_back(std::move(openai));
  }
  if (from.ollama.is_used()) {
    responders::OllamaSettings settings{.model = from.ollama.model,
                                        .context_tokens = from.ollama.context_tokens,
                                        .keep_alive = from.ollama.keep_alive};
    all_.push_back(std::make_unique<responders::OllamaResponder>(
        add_pool(house, worker, counters, from.ollama.backend), std::move(settings), log));
  }
  if (from.n8n.is_used()) {
    auto n8n = std::make_unique<responders::N8nResponder>(
        add_pool(house, worker, counters, from.n8n.backend), n8n_settings(from), house.clock,
        house.random, log);
    n8n_ = n8n.get();
    all_.push_back(std::move(n8n));
  }
  all_.push_back(std::make_unique<responders::KnowledgeResponder>(documents));
  responders::RouteParts parts{.worker = worker,
                               .route = house.route,
                               .deployments = *house.deployments,
                               .responders = {},
                               .random = house.random,
                               .fallback_texts = from.route.fallback_texts};
  for (const auto& each : all_)
    parts.responders.push_back({each.get(), std::string(from.model_of(each->name()))});
  route_ = std::make_unique<responders::RouteResponder>(std::move(parts));
  if (!house.reply_cache) return;
  cached_ = std::make_unique<responders::CachedResponder>(responders::CachedResponderParts{
      .worker = worker,
      .inner = *route_,
      .cache = *house.reply_cache,
      .policy = std::move(policy),
      .knowledge_version = [&knowledge = *house.knowledge] { return knowledge.version(); },
      .answer_timeout = from.answer_timeout(),
      .log = log,
      .on_exception = std::move(on_exception)});
}

async::Task<void> Responders::drain() {
  if (cached_) co_await cached_->drain();
}

void Responders::replace_n8n_credentials(const settings::Settings& settings) {
  if (n8n_ != nullptr) n8n_->replace_settings(n8n_settings(settings));
}

// The operator wrote the address down, so it may be on this machine or network. It was checked when
// it was loaded.
http::ClientPool& Responders::add_pool(House& house, async::Worker& worker,
                                       telemetry::Counters& counters,
                                       const settings::BackendSettings& backend) {
  auto upstream = http::Upstream::parse(backend.url).value();
  upstream.may_be_private = true;
  http::ClientLimits limits;
  limits.connect_timeout = backend.connect_timeout;
  limits.first_byte_timeout = backend.first_byte_timeout;
  limits.idle_timeout = backend.idle_timeout;
  return *pools_.emplace_back(std::make_unique<http::ClientPool>(
      worker, house.resolver, house.client_tls, std::move(upstream), limits, counters));
}

}  // namespace gatehouse::app
