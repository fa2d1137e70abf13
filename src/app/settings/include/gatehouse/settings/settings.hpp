// What the wiring reads: every setting with its type, already checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::settings {

enum class Mode : std::uint8_t { kDevelopment, kProduction };

struct ListenAddress {
  IpAddress address;
  std::uint16_t port = 0;

  // "127.0.0.1:8080", "[::1]:8080", "localhost:8080". Port 0 takes a free one.
  static std::optional<ListenAddress> parse(std::string_view text);
  std::string to_string() const;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

struct SecretSettings {
  Duration refresh{};           // 0: references are read again on SIGHUP only
  bool has_references = false;  // a secret came from Vault or a program
};

struct ServerSettings {
  ListenAddress listen;
  std::uint32_t workers = 0;  // 0: one for each core
  std::string public_url;     // without a slash at the end; empty: unknown
  // What the Host header may be: server.hosts, the host of public_url, the address listened on and
  // the names of this machine.
  std::vector<std::string> hosts;
  std::vector<IpPrefix> trusted_proxies;
  std::size_t header_bytes = 0;
  std::size_t header_count = 0;
  std::uint64_t body_bytes = 0;
  Duration tls_timeout{};
  Duration header_timeout{};
  Duration body_timeout{};
  Duration idle_timeout{};
  Duration write_timeout{};
  Duration drain_timeout{};
  std::uint32_t connections_max = 0;
  std::uint32_t connections_per_prefix_max = 0;
};

struct TlsSettings {
  enum class SelfSigned : std::uint8_t { kOff, kP256, kRsa4096 };

  bool is_enabled = false;
  std::string certificate_path;  // where a self-signed one is made, if one is
  std::string key_path;
  SelfSigned self_signed = SelfSigned::kOff;
  std::optional<ListenAddress> redirect_listen;
  bool is_behind_proxy = false;
};

struct SessionSettings {
  Secret secret;  // empty in development until provide_session_secret()
  std::string cookie_name;
  Duration max_age{};
  enum class Signals : std::uint8_t { kOff, kNormal, kStrict, kEnd };
  Signals signals = Signals::kNormal;
};

struct AccountSettings {
  std::string cookie_name;
  Duration idle_timeout{};
  Duration max_age{};
  std::uint32_t sessions_max = 0;
  enum class WhenFull : std::uint8_t { kEndOldest, kRefuse };
  WhenFull when_full = WhenFull::kEndOldest;
  enum class TokenAlgorithm : std::uint8_t { kHs256, kEdDsa };
  TokenAlgorithm token_algorithm = TokenAlgorithm::kEdDsa;
  Duration refresh_lifetime{};
  Duration refresh_idle_timeout{};
  std::uint32_t tokens_max = 0;
};

// Sign-in by other providers.
struct OpenIdSettings {
  std::string google_client_id;  // empty: not with Google
  Secret google_client_secret;
  std::string issuer;  // empty: with no other either
  std::string client_id;
  Secret client_secret;
  std::string name;
  std::string scopes;
  std::vector<std::string> domains;
  bool creates_accounts = false;
  std::string role_claim;
  std::vector<std::string> operators;
  std::vector<std::string> analysts;

  bool is_used() const { return !google_client_id.empty() || !issuer.empty(); }
};

struct AuditSettings {
  std::uint32_t days = 0;  // 0: for ever
  std::string key_file;
};

struct CorsSettings {
  std::vector<std::string> origins;
  bool allows_any_origin = false;
  bool allows_credentials = true;
};

struct LimitSettings {
  enum class Preset : std::uint8_t { kBalanced, kLine, kProxy, kMessenger, kAiApi, kDocuments };
  enum class FailMode : std::uint8_t { kLocalShare, kOpen, kClosed };

  Preset preset = Preset::kBalanced;
  std::optional<std::uint32_t> per_minute;  // these four: unset is the preset's
  std::optional<std::uint32_t> per_hour;
  std::optional<std::uint32_t> requests;
  std::optional<Duration> window;
  std::uint64_t tokens_per_minute = 0;  // these five: 0 is none, but for tokens_reserved
  std::uint64_t tokens_per_day = 0;
  std::uint32_t tokens_reserved = 0;
  std::uint32_t site_per_minute = 0;
  std::uint64_t site_tokens_per_day = 0;
  std::uint64_t money_micros_per_day = 0;  // these two: 0 is no limit
  std::uint64_t site_money_micros_per_day = 0;
  FailMode fail_mode = FailMode::kLocalShare;
  std::size_t table_bytes = 0;
  std::uint32_t streams_per_principal = 0;
  std::uint32_t streams_per_prefix = 0;
  std::uint32_t answers_per_principal = 0;
};

struct GuardSettings {
  enum class Mode : std::uint8_t { kEnforce, kObserve, kOff };

  std::string rules;  // a folder; empty: those in the binary
  bool enforces = true;
  std::uint16_t flag_at = 0;
  std::uint16_t deny_at = 0;
  std::vector<std::string> observed_rules;
  bool denies_unscanned = false;
  std::uint64_t scan_max_bytes = 0;
  enum class Bots : std::uint8_t { kOff, kFlag, kChallenge, kDeny };
  Bots bots = Bots::kFlag;
  std::vector<std::string> ja4_denied;
  bool verifies_crawlers = false;
  enum class Escalation : std::uint8_t { kOff, kThrottle, kChallenge, kBan };
  Escalation escalation = Escalation::kBan;
  unsigned challenge_at = 0;
  unsigned ban_at = 0;
  Duration first_ban{};
  std::vector<IpPrefix> never_ban;
  Mode reply = Mode::kEnforce;
  Mode reply_personal = Mode::kObserve;
  Mode reply_html = Mode::kObserve;
  std::vector<std::string> reply_links;
  std::vector<std::string> reply_words;
  Secret canaries;  // with commas between
  enum class Waf : std::uint8_t { kOff, kObserve, kBlock };
  Waf waf = Waf::kOff;
  unsigned waf_paranoia = 1;
  bool waf_reads_messages = false;
  std::string waf_rules;
  Duration waf_timeout{};
};

struct ChatSettings {
  std::uint32_t message_max_characters = 0;
  std::uint64_t reply_max_bytes = 0;
  Duration resume_grace{};
  Duration conversation_lifetime{};
  Duration heartbeat{};
  std::size_t stream_queue_bytes = 0;
  std::uint32_t history_messages = 0;
  std::string instructions;  // a path
  bool seals_texts = false;
};

struct WebSocketSettings {
  std::size_t frame_bytes = 0;
  std::size_t message_bytes = 0;
  std::uint32_t messages_per_second = 0;
  Duration ping_interval{};
  Duration pong_timeout{};
  Duration idle_timeout{};
  bool deflates = true;
};

// Who answers what; responders/route/route.hpp reads the rules.
struct RouteSettings {
  std::vector<std::string> rules;
  std::vector<std::string> fallback_texts;
  std::uint32_t failures_max = 0;  // 0: nobody who fails is left alone
};

// Answers that are given again.
struct CacheSettings {
  enum class Answers : std::uint8_t { kOff, kDeterministic, kAll };
  Answers answers = Answers::kDeterministic;
  bool is_shared = false;  // by all of the site
  Duration lifetime{};
  std::uint64_t memory_bytes = 0;
  std::uint64_t disk_bytes = 0;  // 0: memory only
};

// What models cost; guard/price_table.hpp reads the lines.
struct PriceSettings {
  std::vector<std::string> models;
};

// A backend over HTTP.
struct BackendSettings {
  std::string url;  // empty: no such responder
  Duration connect_timeout{};
  Duration first_byte_timeout{};
  Duration idle_timeout{};
  Duration total_timeout{};
};

struct OpenAiSettings {
  BackendSettings backend;
  Secret api_key;
  std::string model;

  bool is_used() const { return !backend.url.empty(); }
};

struct OllamaSettings {
  BackendSettings backend;
  std::string model;
  std::uint64_t context_tokens = 0;
  std::string keep_alive;

  bool is_used() const { return !backend.url.empty(); }
};

struct N8nSettings {
  enum class Auth : std::uint8_t { kNone, kBasic, kHeader, kJwt };
  enum class Streams : std::uint8_t { kAuto, kYes, kNo };

  BackendSettings backend;  // its URL is not to be shown
  Auth auth = Auth::kNone;
  Secret api_key;
  std::string api_key_header;
  std::string user;
  Secret password;
  std::string session_key;
  std::string input_key;
  Streams streams = Streams::kAuto;

  bool is_used() const { return !backend.url.empty(); }
};

// Tokens for workflows, which share the secret.
struct JwtSettings {
  Secret secret;
  std::string algorithm;
  Duration lifetime{};
};

struct LineSettings {
  Secret channel_secret;  // both of them or none
  Secret channel_access_token;
  std::vector<IpPrefix> networks;
  bool skips_network_check = false;
  std::string api_url;
  Duration call_timeout{};
  Duration reply_token_life{};
  bool asks_for_long_answers = false;
  std::size_t answer_max_units = 0;

  bool is_used() const { return !channel_secret.is_empty(); }
};

struct RecordSettings {
  bool is_enabled = false;
  std::uint32_t days = 0;
  std::uint64_t max_bytes = 0;
};

struct LogSettings {
  enum class Stdout : std::uint8_t { kJson, kText, kOff };

  telemetry::Level level = telemetry::Level::kInfo;
  std::string file;  // empty: none
  std::size_t file_bytes = 0;
  std::size_t file_count = 0;
  Stdout standard_output = Stdout::kJson;
};

struct JobSettings {
  bool is_in_server = true;  // else only `gatehouse worker` runs them
  Duration lease{};
  std::uint32_t ai = 0;  // how many of each queue run at once, in one process
  std::uint32_t image = 0;
  std::uint32_t ingest = 0;
  std::uint32_t webhook = 0;
  std::uint32_t maintenance = 0;
  Duration done_kept{};
  Duration dead_kept{};
};

struct WidgetSettings {
  std::string title;
  std::string welcome;
  std::vector<std::string> suggestions;
};

// One for the process, made by fill(); what a reload takes over of another is app/reload.cpp's
// affair.
struct Settings {
  Mode mode = Mode::kDevelopment;
  bool is_debug = false;
  std::string data_dir;
  std::string documents;  // empty: none
  Secret api_keys;        // for identity::parse_api_keys, which has accepted it
  Secret metrics_token;
  SecretSettings secrets;
  ServerSettings server;
  TlsSettings tls;
  SessionSettings session;
  AccountSettings accounts;
  OpenIdSettings openid;
  AuditSettings audit;
  std::string store_key_file;
  CorsSettings cors;
  LimitSettings limits;
  GuardSettings guard;
  ChatSettings chat;
  WebSocketSettings websocket;
  RouteSettings route;
  CacheSettings cache;
  PriceSettings prices;
  OpenAiSettings openai;
  OllamaSettings ollama;
  N8nSettings n8n;
  JwtSettings jwt;
  LineSettings line;
  RecordSettings record;
  JobSettings jobs;
  LogSettings log;
  WidgetSettings widget;

  bool is_production() const { return mode == Mode::kProduction; }
  // The names of those who may answer, as a route names them; the first does where there are no
  // rules. Never empty.
  std::vector<std::string_view> responders() const;
  std::string_view model_of(std::string_view responder) const;  // empty where it has none
  bool asks_over_tls() const;                                   // other services
  Duration answer_timeout() const;  // the longest of those who may answer
};

}  // namespace gatehouse::settings
