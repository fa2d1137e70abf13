#include "gatehouse/guard/rate_limits.hpp"

#include <algorithm>

#include "gatehouse/base/hash.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::uint32_t kMinute = 60;
constexpr std::uint32_t kHour = 3600;
constexpr std::uint32_t kDay = 86400;

constexpr RateLimitPolicy kBalanced = {
    .any_minute = {60, kMinute},
    .any_hour = {1000, kHour},
    .any_day = {},
    .chat = {30, kMinute},
    .does_chat_hold_per_prefix = false,
    .domain = {1000, kMinute},
    .session_creation = {20, kMinute},
    .sign_in = {10, kMinute},
    .unsigned_webhook = {30, kMinute},
    .signed_webhook = {30, kMinute},
    .health = {60, kMinute},
    .metrics = {60, kMinute},
    .websocket_connect = {30, kMinute},
    .static_file = {600, kMinute},
};

// Where a preset differs from `balanced`.
constexpr RateLimitPolicy make_line() {
  RateLimitPolicy policy = kBalanced;
  policy.any_minute = {};
  policy.any_hour = {50, kHour};
  policy.any_day = {200, kDay};
  policy.chat = {10, kMinute};
  policy.does_chat_hold_per_prefix = true;
  return policy;
}
constexpr RateLimitPolicy make_messenger() {
  RateLimitPolicy policy = kBalanced;
  policy.any_minute = {100, kMinute};
  policy.any_hour = {};
  policy.chat = {100, kMinute};
  return policy;
}
constexpr RateLimitPolicy make_ai_api() {
  RateLimitPolicy policy = kBalanced;
  policy.any_minute = {};
  policy.any_hour = {100, kHour};
  policy.chat = {10, kMinute};
  policy.does_chat_hold_per_prefix = true;
  return policy;
}

struct Preset {
  std::string_view name;
  RateLimitPolicy policy;
};
constexpr std::array kPresets = {
    Preset{"balanced", kBalanced},   Preset{"line", make_line()},
    Preset{"proxy", kBalanced},      Preset{"messenger", make_messenger()},
    Preset{"ai-api", make_ai_api()}, Preset{"documents", kBalanced},
};

Result<> check_override(std::string_view name, std::optional<std::uint32_t> value,
                        std::uint32_t greatest) {
  if (!value || (*value >= 1 && *value <= greatest)) return {};
  return fail_field(std::string(name),
                    std::string(name) + " must be 1 to " + std::to_string(greatest) + ".");
}

Result<> check(const RateLimitOverrides& overrides) {
  for (const auto& result :
       {check_override("RATE_LIMIT_PER_MINUTE", overrides.per_minute, kMaxRateLimit),
        check_override("RATE_LIMIT_PER_HOUR", overrides.per_hour, kMaxRateLimit),
        check_override("RATE_LIMIT_REQUESTS", overrides.requests, kMaxRateLimit),
        check_override("RATE_LIMIT_WINDOW", overrides.window_s, kMaxRateWindowSeconds)}) {
    if (!result) return result;
  }
  return {};
}

// Spreads a hash that was mixed with a salt; one to one, so it makes no collisions of its own.
std::uint64_t spread(std::uint64_t hash) noexcept {
  hash ^= hash >> 30;
  hash *= 0xBF58476D1CE4E5B9;
  hash ^= hash >> 27;
  hash *= 0x94D049BB133111EB;
  return hash ^ (hash >> 31);
}

// The network that answers for a client: IPv4 /24, IPv6 /48.
IpPrefix network_of(const IpPrefix& client) noexcept {
  return {client.address(), client.address().is_v4() ? 96U + 24U : 48U};
}

// A page has many static files; webhooks and peers are known by their signature; and a probe that
// asks every second would use up the hour and have a healthy server restarted.
bool counts_in_first_row(EndpointClass endpoint) noexcept {
  switch (endpoint) {
    case EndpointClass::kStatic:
    case EndpointClass::kWebhook:
    case EndpointClass::kPeer:
    case EndpointClass::kChannel:
    case EndpointClass::kHealth:
    case EndpointClass::kMetrics:
      return false;
    default:
      return true;
  }
}

constexpr std::uint64_t kDomainKind = 0;  // of names; kinds of principals come after it

bool is_chat(EndpointClass endpoint) noexcept {
  return endpoint == EndpointClass::kChat || endpoint == EndpointClass::kAi;
}

}  // namespace

Result<RateLimitPolicy> make_rate_limit_policy(std::string_view preset,
                                               const RateLimitOverrides& overrides) {
  const auto found = std::ranges::find(kPresets, preset, &Preset::name);
  if (found == kPresets.end()) {
    return fail_field("preset",
                      "There is no preset of limits named \"" + std::string(preset) +
                          "\": use balanced, line, proxy, messenger, ai-api or documents.");
  }
  if (auto result = check(overrides); !result) return std::unexpected(std::move(result).error());
  RateLimitPolicy policy = found->policy;
  if (overrides.per_minute) policy.any_minute = {*overrides.per_minute, kMinute};
  if (overrides.per_hour) policy.any_hour = {*overrides.per_hour, kHour};
  policy.chat.limit = overrides.requests.value_or(policy.chat.limit);
  policy.chat.window_s = overrides.window_s.value_or(policy.chat.window_s);
  policy.site = {overrides.site_per_minute, kMinute};
  policy.tokens_minute = {overrides.tokens_per_minute, kMinute};
  policy.tokens_day = {overrides.tokens_per_day, kDay};
  policy.site_tokens_day = {overrides.site_tokens_per_day, kDay};
  policy.money_day = {overrides.money_micros_per_day, kDay};
  policy.site_money_day = {overrides.site_money_micros_per_day, kDay};
  policy.tokens_reserved = overrides.tokens_reserved;
  return policy;
}

std::uint32_t RateCharges::Label::units_of(std::uint64_t amount) const noexcept {
  const std::uint64_t units = amount >> unit_bits;
  const bool has_rest = (units << unit_bits) != amount;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(units + (has_rest ? 1 : 0), UINT32_MAX));
}

void RateCharges::add(const Label& label, const RateCharge& charge) noexcept {
  labels_[count_] = label;
  charges_[count_] = charge;
  ++count_;
}

RateCharges RateCharges::with_cost(const Cost& cost) const noexcept {
  RateCharges charges;
  for (std::size_t i = 0; i < count_; ++i) {
    RateCharge charge = charges_[i];
    charge.cost = labels_[i].units_of(cost);
    if (charge.cost != 0) charges.add(labels_[i], charge);
  }
  return charges;
}

RateLimits::RateLimits(const RateLimitPolicy& policy, std::string_view site, RateSeed seed)
    : policy_(policy),
      seed_(seed),
      any_minute_(make_rule("prefix-minute", policy.any_minute, site)),
      any_hour_(make_rule("prefix-hour", policy.any_hour, site)),
      any_day_(make_rule("prefix-day", policy.any_day, site)),
      chat_(make_rule("chat", policy.chat, site)),
      chat_prefix_(make_rule("chat-prefix",
                             policy.does_chat_hold_per_prefix ? policy.chat : RateRule{}, site)),
      domain_(make_rule("domain", policy.domain, site, true)),
      session_creation_(make_rule("session-creation", policy.session_creation, site)),
      sign_in_(make_rule("sign-in", policy.sign_in, site)),
      unsigned_webhook_(make_rule("webhook-unsigned", policy.unsigned_webhook, site)),
      signed_webhook_(make_rule("webhook-user", policy.signed_webhook, site)),
      group_(make_rule("webhook-group", policy.signed_webhook, site)),
      health_(make_rule("health", policy.health, site)),
      metrics_(make_rule("metrics", policy.metrics, site)),
      websocket_connect_(make_rule("websocket", policy.websocket_connect, site)),
      static_file_(make_rule("static", policy.static_file, site)),
      site_(make_rule("site", policy.site, site, true)),
      tokens_minute_(make_rule("tokens-minute", policy.tokens_minute, site)),
      tokens_day_(make_rule("tokens-day", policy.tokens_day, site)),
      site_tokens_day_(make_rule("site-tokens-day", policy.site_tokens_day, site, true)),
      money_day_(make_money_rule("money-micros-day", policy.money_day, site)),
      site_money_day_(make_money_rule("site-money-micros-day", policy.site_money_day, site, true)),
      key_minute_(make_rule("key-minute", {0, kMinute}, site)),
      key_tokens_day_(make_rule("key-tokens-day", {0, kDay}, site)),
      key_money_day_(make_money_rule("key-money-micros-day", {0, kDay}, site)),
      most_tokens_(least_of({&tokens_minute_, &tokens_day_, &site_tokens_day_})),
      most_money_(least_of({&money_day_, &site_money_day_})) {}

RateLimits::Most RateLimits::least_of(std::initializer_list<const Rule*> rules) noexcept {
  Most most;
  for (const Rule* rule : rules) {
    const std::uint64_t amount = rule->label.amount_of(rule->limit);
    const bool is_smaller = most.amount == 0 || amount < most.amount;
    if (amount != 0 && is_smaller) most = {.amount = amount, .name = rule->label.name};
  }
  return most;
}

RateLimits::Rule RateLimits::make_money_rule(std::string_view name, RateRule rule,
                                             std::string_view site, bool is_shared) const {
  Rule made = make_rule(name, rule, site, is_shared);
  made.label.counts_money = true;
  return made;
}

RateLimits::Rule RateLimits::make_rule(std::string_view name, RateRule rule, std::string_view site,
                                       bool is_shared) const {
  std::uint8_t unit_bits = 0;
  while (rule.limit >> unit_bits > kMaxRateLimit) ++unit_bits;
  std::string dimension(name);
  dimension += '\n' + std::to_string(rule.window_s) + '\n';
  if (unit_bits != 0) dimension += std::to_string(unit_bits) + '\n';  // other units, other counters
  dimension += site;
  return {.label = {.name = name, .is_shared = is_shared, .unit_bits = unit_bits},
          .limit = static_cast<std::uint32_t>(rule.limit >> unit_bits),
          .window_s = rule.window_s,
          .salt = keyed_hash("own\n" + dimension, seed_.low, seed_.high),
          .parent_salt = keyed_hash("parent\n" + dimension, seed_.low, seed_.high)};
}

RateLimits::Rule RateLimits::with_limit(const Rule& rule, std::uint64_t limit) noexcept {
  Rule own = rule;
  std::uint8_t& unit_bits = own.label.unit_bits;
  while (limit >> unit_bits > kMaxRateLimit) ++unit_bits;
  own.limit = static_cast<std::uint32_t>(limit >> unit_bits);
  own.salt = spread(own.salt + unit_bits);  // other units, other counters
  own.parent_salt = spread(own.parent_salt + unit_bits);
  return own;
}

// Of a limit that some have for themselves and one for all.
RateLimits::Most RateLimits::smaller(const Rule& own, std::uint64_t limit,
                                     const Most& most) noexcept {
  const Rule rule = with_limit(own, limit);
  const Most of_own = least_of({&rule});
  const bool is_own = of_own.amount != 0 && (most.amount == 0 || of_own.amount < most.amount);
  return is_own ? of_own : most;
}

RateLimits::Most RateLimits::most_tokens(const Principal& principal) const noexcept {
  return smaller(key_tokens_day_, principal.tokens_per_day, most_tokens_);
}

RateLimits::Most RateLimits::most_money(const Principal& principal) const noexcept {
  return smaller(key_money_day_, principal.money_micros_per_day, most_money_);
}

RateLimits::Subject RateLimits::of_prefix(const IpPrefix& prefix) const noexcept {
  return {.hash = keyed_hash(prefix, seed_.low, seed_.high),
          .parent_hash = keyed_hash(network_of(prefix), seed_.low, seed_.high),
          .is_authenticated = false};
}

RateLimits::Subject RateLimits::of_name(std::string_view name, std::uint64_t kind,
                                        bool is_authenticated) const noexcept {
  const std::uint64_t hash = keyed_hash(name, seed_.low, seed_.high + kind);
  // Names have no family: 64 groups by chance answer for them, so that one doesn't starve all.
  return {.hash = hash, .parent_hash = hash >> 58, .is_authenticated = is_authenticated};
}

RateLimits::Subject RateLimits::of_principal(const Principal& principal,
                                             const IpPrefix& client) const noexcept {
  const auto kind = 1 + static_cast<std::uint64_t>(principal.kind);  // after kDomainKind
  return principal.id.empty() ? of_prefix(client) : of_name(principal.id, kind, true);
}

void RateLimits::charge(RateCharges& charges, const Rule& rule, const Subject& subject,
                        unsigned lost_eighths, std::uint32_t cost) noexcept {
  if (rule.limit == 0) return;
  const std::uint64_t left = std::uint64_t{rule.limit} * (kEighths - lost_eighths) / kEighths;
  charges.add(rule.label, {.key = spread(subject.hash ^ rule.salt),
                           .parent_key = spread(subject.parent_hash ^ rule.parent_salt),
                           .limit = std::max(static_cast<std::uint32_t>(left), 1U),
                           .window_s = rule.window_s,
                           .cost = cost,
                           .is_authenticated = subject.is_authenticated});
}

const RateLimits::Rule* RateLimits::own_rule(EndpointClass endpoint) const noexcept {
  switch (endpoint) {
    case EndpointClass::kStatic:
      return &static_file_;
    case EndpointClass::kChat:
    case EndpointClass::kAi:
      return &chat_prefix_;
    case EndpointClass::kSession:
      return &session_creation_;
    case EndpointClass::kSignIn:
      return &sign_in_;
    case EndpointClass::kWebSocket:
      return &websocket_connect_;
    case EndpointClass::kHealth:
      return &health_;
    case EndpointClass::kMetrics:
      return &metrics_;
    case EndpointClass::kApi:
    case EndpointClass::kWebhook:
    case EndpointClass::kPeer:
    case EndpointClass::kChannel:
      break;
  }
  return nullptr;
}

RateCharges RateLimits::before_credentials(EndpointClass endpoint, const IpPrefix& client,
                                           unsigned lost_eighths) const noexcept {
  RateCharges charges;
  const Subject subject = of_prefix(client);
  if (counts_in_first_row(endpoint)) {
    charge(charges, any_minute_, subject, lost_eighths);
    charge(charges, any_hour_, subject, lost_eighths);
    charge(charges, any_day_, subject, lost_eighths);
  }
  if (const Rule* rule = own_rule(endpoint)) charge(charges, *rule, subject, lost_eighths);
  return charges;
}

RateCharges RateLimits::after_credentials(EndpointClass endpoint, const Principal& principal,
                                          const IpPrefix& client, std::string_view domain,
                                          unsigned lost_eighths) const noexcept {
  RateCharges charges;
  const Rule* rule = is_chat(endpoint)                     ? &chat_
                     : endpoint == EndpointClass::kWebhook ? &signed_webhook_
                                                           : nullptr;
  if (rule != nullptr) charge(charges, *rule, of_principal(principal, client), lost_eighths);
  if (is_chat(endpoint) && principal.requests_per_minute != 0) {
    charge(charges, with_limit(key_minute_, principal.requests_per_minute),
           of_principal(principal, client), lost_eighths);
  }
  if (is_chat(endpoint)) charge(charges, site_, kSite);
  // Where any origin is allowed, domains are made up as easily as addresses.
  if (!domain.empty()) charge(charges, domain_, of_name(domain, kDomainKind, false));
  return charges;
}

RateCharges RateLimits::for_channel(const Principal& sender, const Principal* group,
                                    unsigned lost_eighths) const noexcept {
  RateCharges charges;
  charge(charges, signed_webhook_, of_principal(sender, {}), lost_eighths);
  if (group != nullptr) charge(charges, group_, of_principal(*group, {}));
  charge(charges, site_, kSite);
  return charges;
}

RateCharges RateLimits::for_budgets(const Principal& principal, const IpPrefix& client,
                                    unsigned lost_eighths) const noexcept {
  RateCharges charges;
  const Subject subject = of_principal(principal, client);
  charge(charges, tokens_minute_, subject, lost_eighths, 0);
  charge(charges, tokens_day_, subject, lost_eighths, 0);
  charge(charges, with_limit(key_tokens_day_, principal.tokens_per_day), subject, lost_eighths, 0);
  charge(charges, site_tokens_day_, kSite, 0, 0);
  charge(charges, money_day_, subject, lost_eighths, 0);
  charge(charges, with_limit(key_money_day_, principal.money_micros_per_day), subject, lost_eighths,
         0);
  charge(charges, site_money_day_, kSite, 0, 0);
  return charges;
}

RateCharges RateLimits::after_bad_signature(const IpPrefix& client) const noexcept {
  RateCharges charges;
  charge(charges, unsigned_webhook_, of_prefix(client));
  return charges;
}

}  // namespace gatehouse::guard
