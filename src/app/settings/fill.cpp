#include "fill.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "filled_values.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/http/client.hpp"

namespace gatehouse::settings {
namespace {

using std::chrono::seconds;

constexpr std::string_view kOpenAiUrl = "https://api.openai.com/v1";

void add_host(std::vector<std::string>& hosts, std::string host) {
  if (std::ranges::find(hosts, host) == hosts.end()) hosts.push_back(std::move(host));
}

std::vector<std::string> hosts_of(const ServerSettings& server, std::vector<std::string> hosts) {
  if (const auto url = http::Upstream::parse(server.public_url))
    add_host(hosts, to_lower_ascii(url->host_header()));
  if (const auto& bytes = server.listen.address.bytes();
      std::ranges::any_of(bytes, [](auto byte) { return byte != 0; }) &&
      server.listen.address.to_string() != "0.0.0.0") {
    const auto text = server.listen.to_string();
    add_host(hosts, text.substr(0, text.rfind(':')));
  }
  for (const auto* own : {"localhost", "127.0.0.1", "[::1]"}) add_host(hosts, own);
  return hosts;
}

std::vector<IpPrefix> prefixes(FilledValues& values, std::string_view key) {
  std::vector<IpPrefix> found;
  for (const auto& text : values.list(key)) {
    if (const auto prefix = IpPrefix::parse(text)) found.push_back(*prefix);
  }
  return found;
}

ServerSettings fill_server(FilledValues& values) {
  ServerSettings server;
  if (const auto listen = values.address("server.listen")) server.listen = *listen;
  server.workers = values.number("server.workers");
  server.public_url = values.text("server.public_url");
  server.hosts = hosts_of(server, values.list("server.hosts"));
  server.trusted_proxies = prefixes(values, "server.trusted_proxies");
  server.header_bytes = values.number("server.header_bytes");
  server.header_count = values.number("server.header_count");
  server.body_bytes = values.number("server.body_bytes");
  server.tls_timeout = values.ms("server.tls_timeout_ms");
  server.header_timeout = values.ms("server.header_timeout_ms");
  server.body_timeout = values.ms("server.body_timeout_ms");
  server.idle_timeout = values.ms("server.idle_timeout_ms");
  server.write_timeout = values.ms("server.write_timeout_ms");
  server.drain_timeout = values.ms("server.drain_timeout_ms");
  server.connections_max = values.number("server.connections_max");
  server.connections_per_prefix_max = values.number("server.connections_per_prefix_max");
  return server;
}

TlsSettings fill_tls(FilledValues& values, const std::string& data_dir) {
  TlsSettings tls;
  tls.is_enabled = values.flag("tls.enabled");
  tls.certificate_path = values.text("tls.cert_path");
  tls.key_path = values.text("tls.key_path");
  tls.self_signed = values.choice<TlsSettings::SelfSigned>("tls.self_signed");
  tls.redirect_listen = values.address("tls.redirect_listen");
  tls.is_behind_proxy = values.flag("tls.behind_proxy");
  if (tls.self_signed != TlsSettings::SelfSigned::kOff && tls.certificate_path.empty() &&
      tls.key_path.empty()) {
    tls.certificate_path = data_dir + "/tls/self_signed_certificate.pem";
    tls.key_path = data_dir + "/tls/self_signed_key.pem";
  }
  return tls;
}

CorsSettings fill_cors(FilledValues& values) {
  CorsSettings cors;
  cors.origins = values.list("cors.origins");
  cors.allows_any_origin = std::erase(cors.origins, "*") > 0;
  cors.allows_credentials = values.flag("cors.allow_credentials");
  return cors;
}

LimitSettings fill_limits(FilledValues& values) {
  LimitSettings limits;
  limits.preset = values.choice<LimitSettings::Preset>("limits.preset");
  limits.per_minute = values.maybe_number("limits.per_minute");
  limits.per_hour = values.maybe_number("limits.per_hour");
  limits.requests = values.maybe_number("limits.requests");
  if (const auto window_s = values.maybe_number("limits.window_s"))
    limits.window = seconds(*window_s);
  if (limits.requests && !limits.window) limits.window = seconds(60);
  if (const auto is_open = values.maybe_flag("limits.fail_open"))
    limits.fail_mode = *is_open ? LimitSettings::FailMode::kOpen : LimitSettings::FailMode::kClosed;
  limits.tokens_per_minute = values.number<std::uint64_t>("limits.tokens_per_minute");
  limits.tokens_per_day = values.number<std::uint64_t>("limits.tokens_per_day");
  limits.tokens_reserved = values.number("limits.tokens_reserved");
  limits.site_per_minute = values.number("limits.site_per_minute");
  limits.site_tokens_per_day = values.number<std::uint64_t>("limits.site_tokens_per_day");
  limits.money_micros_per_day = values.micros("limits.money_per_day");
  limits.site_money_micros_per_day = values.micros("limits.site_money_per_day");
  limits.streams_per_principal = values.number<std::uint32_t>("limits.streams_per_principal");
  limits.streams_per_prefix = values.number<std::uint32_t>("limits.streams_per_prefix");
  limits.answers_per_principal = values.number<std::uint32_t>("limits.answers_per_principal");
  limits.table_bytes = values.number<std::size_t>("limits.table_mb") * 1024 * 1024;
  return limits;
}

GuardSettings fill_guard(FilledValues& values) {
  GuardSettings guard;
  guard.rules = values.text("guard.rules");
  guard.enforces = values.text("guard.mode") == "enforce";
  guard.flag_at = values.number<std::uint16_t>("guard.flag_at");
  guard.deny_at = values.number<std::uint16_t>("guard.deny_at");
  guard.observed_rules = values.list("guard.observe");
  guard.denies_unscanned = values.text("guard.unscanned") == "deny";
  guard.scan_max_bytes = values.number<std::uint64_t>("guard.scan_max_bytes");
  guard.verifies_crawlers = values.flag("guard.verified_crawlers");
  guard.ja4_denied = values.list("guard.ja4_denied");
  guard.bots = values.choice<GuardSettings::Bots>("guard.bots");
  guard.escalation = values.choice<GuardSettings::Escalation>("guard.escalation");
  guard.challenge_at = values.number<unsigned>("guard.challenge_at");
  guard.ban_at = values.number<unsigned>("guard.ban_at");
  guard.first_ban = std::chrono::minutes(values.number("guard.ban_minutes"));
  guard.never_ban = prefixes(values, "guard.never_ban");
  guard.reply = values.choice<GuardSettings::Mode>("guard.reply");
  guard.reply_personal = values.choice<GuardSettings::Mode>("guard.reply_personal");
  guard.reply_html = values.choice<GuardSettings::Mode>("guard.reply_html");
  guard.reply_links = values.list("guard.reply_links");
  guard.reply_words = values.list("guard.reply_words");
  guard.canaries = values.secret("guard.canaries");
  guard.waf = values.choice<GuardSettings::Waf>("guard.waf");
  guard.waf_paranoia = values.number<unsigned>("guard.waf_paranoia");
  guard.waf_reads_messages = values.flag("guard.waf_messages");
  guard.waf_rules = values.text("guard.waf_rules");
  guard.waf_timeout = values.ms("guard.waf_timeout_ms");
  return guard;
}

ChatSettings fill_chat(FilledValues& values) {
  ChatSettings chat;
  chat.message_max_characters = values.number("chat.message_max_characters");
  chat.reply_max_bytes = values.number("chat.reply_max_bytes");
  chat.resume_grace = values.ms("chat.resume_grace_ms");
  chat.conversation_lifetime = std::chrono::days(values.number("chat.conversation_days"));
  chat.heartbeat = values.ms("chat.heartbeat_ms");
  chat.stream_queue_bytes = values.number("chat.stream_queue_bytes");
  chat.seals_texts = values.flag("chat.seals_texts");
  chat.history_messages = values.number("chat.history_messages");
  chat.instructions = values.text("chat.instructions");
  return chat;
}

WebSocketSettings fill_websocket(FilledValues& values) {
  return {.frame_bytes = values.number("websocket.frame_bytes"),
          .message_bytes = values.number("websocket.message_bytes"),
          .messages_per_second = values.number("websocket.messages_per_second"),
          .ping_interval = values.ms("websocket.ping_interval_ms"),
          .pong_timeout = values.ms("websocket.pong_timeout_ms"),
          .idle_timeout = values.ms("websocket.idle_timeout_ms"),
          .deflates = values.flag("websocket.deflates")};
}

BackendSettings fill_backend(FilledValues& values, const std::string& section,
                             std::string_view url) {
  BackendSettings backend;
  backend.url = url;
  backend.connect_timeout = values.ms(section + ".connect_timeout_ms");
  backend.first_byte_timeout = values.ms(section + ".first_byte_timeout_ms");
  backend.idle_timeout = values.ms(section + ".idle_timeout_ms");
  backend.total_timeout = values.ms(section + ".total_timeout_ms");
  return backend;
}

OpenAiSettings fill_openai(FilledValues& values) {
  OpenAiSettings openai;
  openai.api_key = values.secret("openai.api_key");
  openai.backend = fill_backend(values, "openai", values.text("openai.base_url"));
  if (!openai.is_used() && !openai.api_key.is_empty()) openai.backend.url = kOpenAiUrl;
  openai.model = values.text("openai.model");
  return openai;
}

OllamaSettings fill_ollama(FilledValues& values) {
  OllamaSettings ollama;
  ollama.backend = fill_backend(values, "ollama", values.text("ollama.url"));
  ollama.model = values.text("ollama.model");
  ollama.context_tokens = values.number("ollama.context_tokens");
  ollama.keep_alive = values.text("ollama.keep_alive");
  return ollama;
}

N8nSettings fill_n8n(FilledValues& values) {
  N8nSettings n8n;
  n8n.backend = fill_backend(values, "n8n", values.secret("n8n.webhook_url").reveal());
  n8n.api_key = values.secret("n8n.api_key");
  n8n.api_key_header = values.text("n8n.api_key_header");
  n8n.user = values.text("n8n.user");
  n8n.password = values.secret("n8n.password");
  n8n.session_key = values.text("n8n.session_key");
  n8n.input_key = values.text("n8n.input_key");
  n8n.streams = values.choice<N8nSettings::Streams>("n8n.streams");
  n8n.auth = values.choice<N8nSettings::Auth>("n8n.auth");
  if (!values.text("n8n.auth").empty()) return n8n;
  if (!values.secret("jwt.secret").is_empty()) n8n.auth = N8nSettings::Auth::kJwt;
  if (!n8n.api_key.is_empty()) n8n.auth = N8nSettings::Auth::kHeader;
  return n8n;
}

JwtSettings fill_jwt(FilledValues& values) {
  constexpr Duration kLifetime = std::chrono::minutes(5);
  JwtSettings jwt;
  jwt.secret = values.secret("jwt.secret");
  jwt.algorithm = values.text("jwt.algorithm");
  const auto hours = values.maybe_number("jwt.expiration_hours");
  jwt.lifetime = hours ? std::chrono::hours(*hours) : kLifetime;
  return jwt;
}

LineSettings fill_line(FilledValues& values) {
  LineSettings line;
  line.channel_secret = values.secret("line.channel_secret");
  line.channel_access_token = values.secret("line.channel_access_token");
  line.networks = prefixes(values, "line.networks");
  line.skips_network_check = values.flag("line.skips_network_check");
  line.api_url = values.text("line.api_url");
  line.call_timeout = values.ms("line.call_timeout_ms");
  line.reply_token_life = values.ms("line.reply_token_ms");
  line.asks_for_long_answers = values.text("line.long_answers") == "ask";
  line.answer_max_units = values.number<std::size_t>("line.answer_max_characters");
  return line;
}

OpenIdSettings fill_openid(FilledValues& values) {
  OpenIdSettings openid;
  openid.google_client_id = values.text("google.client_id");
  openid.google_client_secret = values.secret("google.client_secret");
  openid.issuer = values.text("openid.issuer");
  openid.client_id = values.text("openid.client_id");
  openid.client_secret = values.secret("openid.client_secret");
  openid.name = values.text("openid.name");
  openid.scopes = values.text("openid.scopes");
  openid.domains = values.list("openid.domains");
  openid.creates_accounts = values.flag("openid.creates_accounts");
  openid.role_claim = values.text("openid.role_claim");
  openid.operators = values.list("openid.operators");
  openid.analysts = values.list("openid.analysts");
  return openid;
}

AccountSettings fill_accounts(FilledValues& values) {
  AccountSettings accounts;
  accounts.cookie_name = values.text("accounts.cookie_name");
  accounts.idle_timeout = seconds(values.number("accounts.idle_timeout_s"));
  accounts.max_age = seconds(values.number("accounts.max_age_s"));
  accounts.sessions_max = values.number("accounts.sessions_max");
  accounts.when_full = values.choice<AccountSettings::WhenFull>("accounts.when_full");
  accounts.token_algorithm =
      values.choice<AccountSettings::TokenAlgorithm>("accounts.token_algorithm");
  accounts.refresh_lifetime = std::chrono::days(values.number("accounts.refresh_days"));
  accounts.refresh_idle_timeout = std::chrono::days(values.number("accounts.refresh_idle_days"));
  accounts.tokens_max = values.number("accounts.tokens_max");
  return accounts;
}

RecordSettings fill_record(FilledValues& values) {
  RecordSettings record;
  record.is_enabled = values.flag("record.enabled");
  record.days = values.number("record.days");
  record.max_bytes = values.number<std::uint64_t>("record.max_mb") * 1024 * 1024;
  return record;
}

LogSettings fill_log(FilledValues& values, bool is_debug) {
  LogSettings log;
  log.level = values.choice<telemetry::Level>("log.level");
  if (is_debug && values.is_default("log.level")) log.level = telemetry::Level::kDebug;
  log.standard_output = values.choice<LogSettings::Stdout>("log.stdout");
  log.file = values.text("log.file");
  log.file_bytes = values.number<std::size_t>("log.file_megabytes") * 1024 * 1024;
  log.file_count = values.number("log.file_count");
  return log;
}

JobSettings fill_jobs(FilledValues& values) {
  const auto number = [&values](std::string_view key) { return values.number<std::uint32_t>(key); };
  JobSettings jobs;
  jobs.is_in_server = values.flag("jobs.in_server");
  jobs.lease = values.ms("jobs.lease_ms");
  jobs.ai = number("jobs.ai_at_once");
  jobs.image = number("jobs.image_at_once");
  jobs.ingest = number("jobs.ingest_at_once");
  jobs.webhook = number("jobs.webhook_at_once");
  jobs.maintenance = number("jobs.maintenance_at_once");
  jobs.done_kept = std::chrono::days(number("jobs.done_days"));
  jobs.dead_kept = std::chrono::days(number("jobs.dead_days"));
  return jobs;
}

Settings fill_all(FilledValues& values) {
  Settings settings;
  settings.server = fill_server(values);
  settings.mode = values.choice<Mode>("environment");
  // Production is what a mistake must fall into, so only this machine's own address is development.
  if (values.text("environment").empty()) {
    settings.mode =
        settings.server.listen.address.is_loopback() ? Mode::kDevelopment : Mode::kProduction;
  }
  settings.is_debug = values.flag("debug");
  settings.data_dir = values.text("data_dir");
  settings.documents = values.text("documents");
  settings.api_keys = values.secret("api_keys");
  settings.metrics_token = values.secret("metrics_token");
  settings.secrets.refresh = seconds(values.number("secrets.refresh_s"));
  values.leave_to_loader(
      {"secrets.directory", "vault.address", "vault.token", "vault.namespace", "vault.ca_file"});
  settings.tls = fill_tls(values, settings.data_dir);
  settings.session.secret = values.secret("session.secret");
  settings.session.cookie_name = values.text("session.cookie_name");
  settings.session.max_age = seconds(values.number("session.max_age_s"));
  settings.audit.days = static_cast<std::uint32_t>(values.number("audit.days"));
  settings.audit.key_file = values.text("audit.key_file");
  if (settings.audit.key_file.empty()) settings.audit.key_file = settings.data_dir + "/audit.key";
  settings.store_key_file = values.text("store.key_file");
  if (settings.store_key_file.empty()) settings.store_key_file = settings.data_dir + "/store.key";
  settings.accounts = fill_accounts(values);
  settings.openid = fill_openid(values);
  settings.session.signals = values.choice<SessionSettings::Signals>("session.signals");
  settings.cors = fill_cors(values);
  settings.limits = fill_limits(values);
  settings.chat = fill_chat(values);
  settings.websocket = fill_websocket(values);
  settings.guard = fill_guard(values);
  settings.route.rules = values.list("route.rules");
  settings.route.failures_max = static_cast<std::uint32_t>(values.number("route.failures_max"));
  settings.route.fallback_texts = values.list("route.fallback_texts");
  settings.cache.answers = values.choice<CacheSettings::Answers>("cache.answers");
  settings.cache.is_shared = values.text("cache.scope") == "site";
  settings.cache.lifetime = seconds(values.number("cache.lifetime_s"));
  settings.cache.memory_bytes = values.number<std::uint64_t>("cache.memory_bytes");
  settings.cache.disk_bytes = values.number<std::uint64_t>("cache.disk_bytes");
  settings.prices.models = values.list("prices.models");
  settings.openai = fill_openai(values);
  settings.ollama = fill_ollama(values);
  settings.n8n = fill_n8n(values);
  settings.jwt = fill_jwt(values);
  settings.line = fill_line(values);
  settings.record = fill_record(values);
  settings.jobs = fill_jobs(values);
  settings.log = fill_log(values, settings.is_debug);
  settings.widget.title = values.text("widget.title");
  settings.widget.welcome = values.text("widget.welcome");
  settings.widget.suggestions = values.list("widget.suggestions");
  return settings;
}

}  // namespace

Settings fill(const std::vector<Entry>& entries) {
  FilledValues values(entries);
  return fill_all(values);
}

std::vector<std::string_view> keys_not_filled(const std::vector<Entry>& entries) {
  FilledValues values(entries);
  fill_all(values);
  std::vector<std::string_view> missing;
  for (const auto& setting : all_settings()) {
    const bool is_for_wiring = setting.status == Status::kBuilt && setting.is_in_file;
    if (is_for_wiring && !values.keys_read().contains(setting.key)) missing.push_back(setting.key);
  }
  return missing;
}

}  // namespace gatehouse::settings
