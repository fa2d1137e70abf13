#include "routes.hpp"

#include "worker_unit.hpp"

namespace gatehouse::app {
namespace {

using codec::Method;
using guard::BodyKind;
using guard::EndpointClass;
using identity::Credentials;
using server::ErrorForm;
using server::Route;

constexpr std::uint64_t kSmallBodyBytes = 64 * 1024;
constexpr std::string_view kDocumentsFolder = "/documents/";

std::vector<std::string> model_names(const settings::Settings& settings) {
  if (!settings.openai.is_used()) return {"gatehouse-documents"};
  std::vector<std::string> names{"default"};
  if (!settings.openai.model.empty()) names.push_back(settings.openai.model);
  return names;
}

}  // namespace

server::ServerLimits server_limits(const settings::Settings& settings) {
  const auto& from = settings.server;
  server::ServerLimits limits;
  limits.head.header_bytes = from.header_bytes;
  limits.head.header_count = from.header_count;
  limits.tls_timeout = from.tls_timeout;
  limits.header_timeout = from.header_timeout;
  limits.body_timeout = from.body_timeout;
  limits.idle_timeout = from.idle_timeout;
  limits.write_timeout = from.write_timeout;
  limits.connections_max = from.connections_max;
  limits.connections_per_prefix_max = from.connections_per_prefix_max;
  limits.drain_timeout = from.drain_timeout;
  return limits;
}

// One row a route. Order does not matter: paths are found exactly, then by their {id}.
std::vector<Route> make_routes(WorkerUnit& unit) {
  House& house = unit.house_;
  const auto& settings = house.settings;
  const std::uint64_t body = settings.server.body_bytes;
  const auto own = [&unit](std::unique_ptr<server::Handler> handler) {
    unit.handlers_.push_back(std::move(handler));
    return unit.handlers_.back().get();
  };
  const auto& web = unit.web_;
  const auto read = [](std::string path, EndpointClass endpoint, Credentials credentials, server::Handler* handler) {
    return Route{.method = Method::kGet, .path = std::move(path), .rules = {.endpoint = endpoint}, .credentials = credentials, .handler = handler};
  };

  std::vector<Route> routes = {
      // Whoever may reach the server may begin a session; all else under /api/v1 belongs to one.
      {Method::kPost, "/api/v1/sessions", {EndpointClass::kSession, BodyKind::kJson, kSmallBodyBytes}, Credentials::kNone, web.start_session.get()},
      {Method::kDelete, "/api/v1/sessions/current", {EndpointClass::kApi}, Credentials::kVisitor, web.end_session.get()},
      {Method::kPost, "/api/v1/chat", {EndpointClass::kChat, BodyKind::kJson, body}, Credentials::kVisitor, web.chat.get()},
      read("/api/v1/conversations", EndpointClass::kApi, Credentials::kVisitor, web.list_conversations.get()),
      read("/api/v1/conversations/{id}", EndpointClass::kApi, Credentials::kVisitor, web.read_conversation.get()),
      read("/api/v1/conversations/{id}/export", EndpointClass::kApi, Credentials::kVisitor, web.export_conversation.get()),
      read("/api/v1/conversations/{id}/events", EndpointClass::kApi, Credentials::kVisitor, web.follow.get()),
      {Method::kDelete, "/api/v1/conversations/{id}", {EndpointClass::kApi}, Credentials::kVisitor, web.remove_conversation.get()},
      {Method::kPost, "/api/v1/conversations/{id}/stop", {EndpointClass::kApi, BodyKind::kJson, kSmallBodyBytes}, Credentials::kVisitor, web.stop_reply.get()},
      read("/api/v1/knowledge/documents/{id}", EndpointClass::kApi, Credentials::kVisitor, own(channels::make_read_document(unit.documents_))),
      read("/api/v1/site", EndpointClass::kStatic, Credentials::kNone,
           own(channels::make_site({.title = settings.widget.title,
                                    .welcome = settings.widget.welcome,
                                    .suggestions = settings.widget.suggestions,
                                    .responder = std::string(unit.responder_.name()),
                                    .message_max_characters = settings.chat.message_max_characters,
                                    .version = GATEHOUSE_VERSION}))),

      // Programs: by key, in OpenAI's form.
      {Method::kPost, "/v1/chat/completions", {EndpointClass::kAi, BodyKind::kJson, body}, Credentials::kApiKey,
       own(std::make_unique<channels::ChatCompletions>(
           unit.worker_, house.random, unit.responder_, unit.guards_, unit.counters_, unit.log_,
           channels::CompletionsSettings{.policy = house.pipeline_settings->policy,
                                         .default_model = settings.openai.model,
                                         .total_timeout = settings.openai.total_timeout,
                                         .heartbeat = settings.chat.heartbeat})),
       ErrorForm::kOpenAi},
      {Method::kGet, "/v1/models", {EndpointClass::kApi}, Credentials::kApiKey,
       own(std::make_unique<channels::Models>(model_names(settings), std::string(unit.responder_.name()), unix_seconds(house.clock.wall()))),
       ErrorForm::kOpenAi},

      // For whoever looks after the server. The summary has no secrets; metrics are for this machine or with a token.
      read("/healthz", EndpointClass::kHealth, Credentials::kNone, own(server::make_liveness())),
      read("/readyz", EndpointClass::kHealth, Credentials::kNone, own(server::make_readiness(house.health))),
      read("/health", EndpointClass::kHealth, Credentials::kNone, own(server::make_summary(house.health, false))),
      read("/api/health", EndpointClass::kHealth, Credentials::kNone, own(server::make_summary(house.health, true))),
      read("/metrics", EndpointClass::kMetrics, Credentials::kOperator, own(server::make_metrics(house.health))),
  };

  for (const auto& asset : server::embedded_assets()) {
    if (asset.path.starts_with(kDocumentsFolder)) continue;  // read by the index, not served as files
    if (asset.path == "/index.html") {
      routes.push_back(read("/", EndpointClass::kStatic, Credentials::kNone,
                            own(std::make_unique<server::StartPage>(
                                asset, server::PageText{settings.widget.title, GATEHOUSE_VERSION}, house.random))));
      continue;
    }
    // The widget's script is made to be loaded by pages elsewhere; the start page's files are its own.
    const bool is_widget = asset.path == "/widget.js";
    const std::string path = is_widget ? std::string(asset.path) : "/assets" + std::string(asset.path);
    routes.push_back(read(path, EndpointClass::kStatic, Credentials::kNone,
                          own(std::make_unique<server::StaticFile>(asset, is_widget))));
  }
  return routes;
}

}  // namespace gatehouse::app
