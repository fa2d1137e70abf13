#include "responders.hpp"

namespace gatehouse::app {

Responders::Responders(House& house, async::Worker& worker, telemetry::Counters& counters,
                       telemetry::Log& log, knowledge::Documents& documents) {
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
