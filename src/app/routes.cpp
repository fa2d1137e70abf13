#include "routes.hpp"

#include <algorithm>

#include "gatehouse/channels/openai/chat_completions.hpp"
#include "gatehouse/channels/web/site_pages.hpp"
#include "gatehouse/server/static_files.hpp"
#include "line.hpp"

namespace gatehouse::app {
namespace {

using codec::Method;
using guard::BodyKind;
using guard::EndpointClass;
using identity::Credentials;
using server::ErrorForm;
using server::Route;

constexpr std::uint64_t kSmallBodyBytes = 64 * 1024;
constexpr std::uint64_t kWebhookBodyBytes = 1024 * 1024;
constexpr std::string_view kDocumentsFolder = "/documents/";
constexpr std::string_view kRulesFolder = "/rules/";
constexpr std::string_view kPasswordsFolder = "/passwords/";

std::vector<std::string> model_names(const settings::Settings& settings) {
  std::vector<std::string> names{"default"};
  const auto add = [&names](const std::string& model) {
    if (!model.empty() && std::ranges::find(names, model) == names.end()) names.push_back(model);
  };
  if (settings.openai.is_used()) add(settings.openai.model);
  if (settings.ollama.is_used()) add(settings.ollama.model);
  if (settings.n8n.is_used()) add("n8n");
  if (names.size() == 1) return {"gatehouse-documents"};
  return names;
}

const std::string& first_responder(const responders::Route& route) {
  return route.rules().front().steps.front().front().responder;
}

// The bundled guide has questions of its own to begin with.
std::vector<std::string> suggestions_of(const settings::Settings& settings) {
  const bool is_guide = settings.documents.empty() && settings.responders().size() == 1;
  if (!settings.widget.suggestions.empty() || !is_guide) return settings.widget.suggestions;
  return {"What is Gatehouse?", "How do I put the chat on my page?", "How do limits work?",
          "How do I connect a model?"};
}

bool is_for_browsers(std::string_view path) {
  return !path.starts_with(kDocumentsFolder) && !path.starts_with(kRulesFolder) &&
         !path.starts_with(kPasswordsFolder);
}

// The path of a page that is made from an asset; empty for what is sent as it is.
std::string_view page_path(std::string_view asset_path) {
  if (asset_path == "/index.html") return "/";
  if (asset_path == "/account.html") return "/account";
  return {};
}

// Gathers the rows, group by group. One row a route; their order does not matter.
class RouteTable {
 public:
  explicit RouteTable(RoutedParts parts) : parts_(parts), settings_(parts.house.settings) {}

  std::vector<Route> make() {
    add_visitor_routes();
    add_account_routes();
    add_openid_routes();
    add_job_routes();
    add_webhook_routes();
    add_program_routes();
    add_operator_routes();
    add_files();
    return std::move(routes_);
  }

 private:
  void get(std::string path, EndpointClass endpoint, Credentials credentials,
           server::Handler* handler, ErrorForm errors = ErrorForm::kProblem) {
    routes_.push_back(
        {Method::kGet, std::move(path), {.endpoint = endpoint}, credentials, handler, errors});
  }
  void post(std::string path, EndpointClass endpoint, std::uint64_t body_limit_bytes,
            Credentials credentials, server::Handler* handler,
            ErrorForm errors = ErrorForm::kProblem) {
    const guard::RouteRules rules{endpoint, BodyKind::kJson, body_limit_bytes};
    routes_.push_back({Method::kPost, std::move(path), rules, credentials, handler, errors});
  }
  void remove(std::string path, Credentials credentials, server::Handler* handler) {
    const guard::RouteRules rules{.endpoint = EndpointClass::kApi};
    routes_.push_back({Method::kDelete, std::move(path), rules, credentials, handler});
  }
  server::Handler* own(std::unique_ptr<server::Handler> handler) {
    parts_.handlers.push_back(std::move(handler));
    return parts_.handlers.back().get();
  }

  void add_visitor_routes();
  void add_account_routes();
  void add_openid_routes();
  void add_job_routes();
  void add_webhook_routes();
  void add_program_routes();
  void add_operator_routes();
  void add_files();

  RoutedParts parts_;
  const settings::Settings& settings_;
  std::vector<Route> routes_;
};

// Whoever may reach the server may begin a session; all else under /api/v1 belongs to one.
void RouteTable::add_visitor_routes() {
  const auto& web = parts_.web;
  const auto kept_days =
      std::chrono::duration_cast<std::chrono::days>(settings_.chat.conversation_lifetime);
  post("/api/v1/sessions", EndpointClass::kSession, kSmallBodyBytes, Credentials::kNone,
       web.start_session.get());
  remove("/api/v1/sessions/current", Credentials::kVisitor, web.end_session.get());
  post("/api/v1/chat", EndpointClass::kChat, settings_.server.body_bytes, Credentials::kVisitor,
       web.chat.get());
  get("/api/v1/ws", EndpointClass::kWebSocket, Credentials::kSocket,
      parts_.websocket.connect.get());
  post("/api/v1/ws/tickets", EndpointClass::kApi, kSmallBodyBytes, Credentials::kVisitor,
       parts_.websocket.issue_ticket.get());
  const auto get_own = [this](std::string path, server::Handler* handler) {
    get(std::move(path), EndpointClass::kApi, Credentials::kVisitor, handler);
  };
  get_own("/api/v1/conversations", web.list_conversations.get());
  get_own("/api/v1/conversations/{id}", web.read_conversation.get());
  get_own("/api/v1/conversations/{id}/export", web.export_conversation.get());
  get_own("/api/v1/conversations/{id}/events", web.follow.get());
  remove("/api/v1/conversations/{id}", Credentials::kVisitor, web.remove_conversation.get());
  post("/api/v1/conversations/{id}/stop", EndpointClass::kApi, kSmallBodyBytes,
       Credentials::kVisitor, web.stop_reply.get());
  get_own("/api/v1/knowledge/documents/{id}", own(channels::make_read_document(parts_.documents)));
  get("/api/v1/site", EndpointClass::kStatic, Credentials::kNone,
      own(channels::make_site({.title = settings_.widget.title,
                               .welcome = settings_.widget.welcome,
                               .suggestions = suggestions_of(settings_),
                               .responder = first_responder(parts_.house.route),
                               .message_max_characters = settings_.chat.message_max_characters,
                               .conversation_days = static_cast<std::uint32_t>(kept_days.count()),
                               .version = GATEHOUSE_VERSION})));
}

// People who sign in. What takes a password or a link counts as a sign-in.
void RouteTable::add_account_routes() {
  const auto& auth = parts_.auth;
  const auto post_small = [this](std::string path, EndpointClass endpoint, Credentials credentials,
                                 server::Handler* handler) {
    post(std::move(path), endpoint, kSmallBodyBytes, credentials, handler);
  };
  post_small("/api/v1/auth/sign-in", EndpointClass::kSignIn, Credentials::kNone,
             auth.sign_in.get());
  post_small("/api/v1/auth/links", EndpointClass::kSignIn, Credentials::kNone, auth.use_link.get());
  post_small("/api/v1/auth/links/check", EndpointClass::kSignIn, Credentials::kNone,
             auth.check_link.get());
  post_small("/api/v1/auth/tokens", EndpointClass::kSignIn, Credentials::kNone,
             auth.issue_tokens.get());
  post_small("/api/v1/auth/tokens/refresh", EndpointClass::kApi, Credentials::kNone,
             auth.refresh_tokens.get());
  post_small("/api/v1/auth/tokens/revoke", EndpointClass::kApi, Credentials::kNone,
             auth.revoke_tokens.get());
  get("/api/v1/auth/tokens", EndpointClass::kApi, Credentials::kAccount, auth.list_tokens.get());
  remove("/api/v1/auth/tokens/{id}", Credentials::kAccount, auth.end_tokens.get());
  get("/.well-known/jwks.json", EndpointClass::kStatic, Credentials::kNone, auth.public_keys.get());
  post_small("/api/v1/auth/sign-out", EndpointClass::kApi, Credentials::kAccount,
             auth.sign_out.get());
  post_small("/api/v1/auth/password", EndpointClass::kSignIn, Credentials::kAccount,
             auth.change_password.get());
  post_small("/api/v1/auth/second-factor", EndpointClass::kSignIn, Credentials::kAccount,
             auth.begin_factor.get());
  post_small("/api/v1/auth/second-factor/confirm", EndpointClass::kSignIn, Credentials::kAccount,
             auth.confirm_factor.get());
  post_small("/api/v1/auth/second-factor/remove", EndpointClass::kSignIn, Credentials::kAccount,
             auth.remove_factor.get());
  get("/api/v1/auth/me/export", EndpointClass::kApi, Credentials::kAccount, auth.export_all.get());
  post_small("/api/v1/auth/me/erase", EndpointClass::kSignIn, Credentials::kAccount,
             auth.erase.get());
  get("/api/v1/auth/me", EndpointClass::kApi, Credentials::kAccount, auth.me.get());
  get("/api/v1/auth/sessions", EndpointClass::kApi, Credentials::kAccount,
      auth.list_sessions.get());
  get("/api/v1/auth/keys", EndpointClass::kApi, Credentials::kAccount, auth.list_keys.get());
  post_small("/api/v1/auth/keys", EndpointClass::kApi, Credentials::kAccount, auth.add_key.get());
  remove("/api/v1/auth/keys/{id}", Credentials::kAccount, auth.remove_key.get());
  remove("/api/v1/auth/sessions", Credentials::kAccount, auth.end_others.get());
  remove("/api/v1/auth/sessions/{id}", Credentials::kAccount, auth.end_session.get());
}

// Sign-in by other providers. A person comes back with a code that is traded at once: that counts
// as a sign-in. The provider itself is known by what it has signed.
void RouteTable::add_openid_routes() {
  const auto& openid = parts_.auth.openid;
  const std::string base = "/api/v1/auth/openid";
  const auto add = [&](Method method, std::string path, guard::RouteRules rules,
                       Credentials credentials, server::Handler* handler) {
    routes_.push_back({method, base + path, rules, credentials, handler});
  };
  const auto json = [](EndpointClass endpoint) {
    return guard::RouteRules{endpoint, BodyKind::kJson, kSmallBodyBytes};
  };
  const guard::RouteRules form{EndpointClass::kWebhook, BodyKind::kForm, kSmallBodyBytes};
  using enum EndpointClass;
  add(Method::kGet, "", {.endpoint = kApi}, Credentials::kNone, openid.list_providers.get());
  add(Method::kGet, "/pending", {.endpoint = kApi}, Credentials::kNone, openid.read_pending.get());
  add(Method::kPost, "/pending", json(kSignIn), Credentials::kMaybeAccount,
      openid.answer_pending.get());
  add(Method::kGet, "/links", {.endpoint = kApi}, Credentials::kAccount, openid.list_links.get());
  add(Method::kDelete, "/links/{id}", json(kSignIn), Credentials::kAccount,
      openid.remove_link.get());
  add(Method::kGet, "/{id}/callback", {.endpoint = kSignIn}, Credentials::kMaybeAccount,
      openid.callback.get());
  add(Method::kPost, "/{id}/backchannel-logout", form, Credentials::kNone, openid.logout.get());
  add(Method::kPost, "/{id}", json(kApi), Credentials::kMaybeAccount, openid.begin.get());
}

// Work in the background. Who left it may look at it; the rest is for operators, as each handler
// says.
void RouteTable::add_job_routes() {
  const auto& jobs = parts_.jobs;
  const auto post_small = [this](std::string path, Credentials credentials,
                                 server::Handler* handler) {
    post(std::move(path), EndpointClass::kApi, kSmallBodyBytes, credentials, handler);
  };
  using enum Credentials;
  get("/api/v1/jobs", EndpointClass::kApi, kAccount, jobs.list.get());
  post_small("/api/v1/jobs", kAccount, jobs.start.get());
  get("/api/v1/jobs/{id}", EndpointClass::kApi, kVisitor, jobs.read.get());
  get("/api/v1/jobs/{id}/events", EndpointClass::kApi, kVisitor, jobs.events.get());
  post_small("/api/v1/jobs/{id}/cancel", kVisitor, jobs.cancel.get());
  post_small("/api/v1/jobs/{id}/requeue", kAccount, jobs.requeue.get());
}

// From platforms, which sign what they send; that is checked before anything else.
void RouteTable::add_webhook_routes() {
  if (!settings_.line.is_used()) return;
  post("/webhooks/line/{id}", EndpointClass::kChannel, kWebhookBodyBytes, Credentials::kNone,
       own(make_line_webhook(parts_.house, parts_.worker, parts_.guards, parts_.log)));
}

// Programs: by key, in OpenAI's form.
void RouteTable::add_program_routes() {
  channels::CompletionsSettings completions{
      .policy = parts_.policy,
      .default_model = std::string(settings_.model_of(first_responder(parts_.house.route))),
      .total_timeout = settings_.answer_timeout(),
      .heartbeat = settings_.chat.heartbeat};
  post("/v1/chat/completions", EndpointClass::kAi, settings_.server.body_bytes,
       Credentials::kApiKey,
       own(std::make_unique<channels::ChatCompletions>(
           parts_.worker, parts_.house.random, parts_.responder, parts_.guards, parts_.counters,
           parts_.log, std::move(completions))),
       ErrorForm::kOpenAi);
  get("/v1/models", EndpointClass::kApi, Credentials::kApiKey,
      own(std::make_unique<channels::Models>(model_names(settings_),
                                             first_responder(parts_.house.route),
                                             unix_seconds(parts_.house.clock.wall()))),
      ErrorForm::kOpenAi);
}

// For whoever looks after the server. The summary has no secrets; metrics are for this machine or
// with a token.
void RouteTable::add_operator_routes() {
  const auto& health = parts_.house.health;
  const auto get_health = [this](std::string path, std::unique_ptr<server::Handler> handler) {
    get(std::move(path), EndpointClass::kHealth, Credentials::kNone, own(std::move(handler)));
  };
  get_health("/healthz", server::make_liveness());
  get_health("/readyz", server::make_readiness(health));
  get_health("/health", server::make_summary(health, false));
  get_health("/api/health", server::make_summary(health, true));
  get("/metrics", EndpointClass::kMetrics, Credentials::kOperator,
      own(server::make_metrics(health)));
}

// The widget's script is made to be loaded by pages elsewhere; the other files are for our own.
void RouteTable::add_files() {
  for (const auto& asset : server::embedded_assets()) {
    if (!is_for_browsers(asset.path)) continue;
    std::string path = "/assets" + std::string(asset.path);
    std::unique_ptr<server::Handler> handler;
    if (const auto page = page_path(asset.path); !page.empty()) {
      path = page;
      const server::PageText text{settings_.widget.title, GATEHOUSE_VERSION};
      handler = std::make_unique<server::HtmlPage>(asset, text, parts_.house.random);
    } else {
      const bool is_widget = asset.path == "/widget.js";
      if (is_widget) path = asset.path;
      if (asset.path == "/openapi.json") path = "/api/v1/openapi.json";
      handler = std::make_unique<server::StaticFile>(asset, is_widget);
    }
    get(std::move(path), EndpointClass::kStatic, Credentials::kNone, own(std::move(handler)));
  }
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

std::vector<Route> make_routes(RoutedParts parts) { return RouteTable(parts).make(); }

}  // namespace gatehouse::app
