// The limits of a site as data: which counters a request of an endpoint class is charged to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gatehouse/base/error.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/principal.hpp"
#include "gatehouse/guard/rate_store.hpp"

namespace gatehouse::guard {

// What a route is to the limits; each row in the table of routes says so.
enum class EndpointClass : std::uint8_t {
  kApi,        // whatever has no class of its own: conversations, knowledge, jobs, administration
  kStatic,     // pages and files
  kChat,       // a message to a conversation
  kAi,         // the OpenAI-compatible API
  kSession,    // the creation of a visitor session
  kSignIn,     // passwords, codes, the creation of keys
  kWebSocket,  // the connect; its messages are kChat
  kWebhook,    // signed by another service
  kPeer,       // signed by another Gatehouse
  kHealth,
  kMetrics,
  kChannel,  // signed by a channel's platform, whose users are counted one by one
};
// Whether an answer depends on more than the address: not files of our own, health or metrics.
constexpr bool is_dynamic(EndpointClass endpoint) {
  return endpoint != EndpointClass::kStatic && endpoint != EndpointClass::kHealth &&
         endpoint != EndpointClass::kMetrics;
}

struct RateRule {
  std::uint64_t limit = 0;  // 0: there is no such rule
  std::uint32_t window_s = 0;
  friend bool operator==(const RateRule&, const RateRule&) = default;
};

// One row a kind of counter; docs/configuration.md shows them to operators.
struct RateLimitPolicy {
  RateRule any_minute, any_hour, any_day;  // per prefix, for all that has no other first row
  RateRule chat;                           // kChat and kAi together, per principal
  bool does_chat_hold_per_prefix = false;  // the row above, too
  RateRule domain;
  RateRule session_creation, sign_in;  // this and the rest but one: per prefix
  RateRule unsigned_webhook;
  RateRule signed_webhook;  // per channel user
  RateRule health, metrics, websocket_connect, static_file;
  RateRule site;                       // kChat and kAi together, of all who talk to the site
  RateRule tokens_minute, tokens_day;  // of both too: per principal
  RateRule site_tokens_day;
  RateRule money_day, site_money_day;    // the same two in money, in millionths
  std::uint32_t tokens_reserved = 1000;  // for a reply of whatever length
  friend bool operator==(const RateLimitPolicy&, const RateLimitPolicy&) = default;
};

// What the operator set beside the preset.
struct RateLimitOverrides {
  std::optional<std::uint32_t> per_minute = {};  // RATE_LIMIT_PER_MINUTE
  std::optional<std::uint32_t> per_hour = {};    // RATE_LIMIT_PER_HOUR
  std::optional<std::uint32_t> requests = {};    // RATE_LIMIT_REQUESTS …
  std::optional<std::uint32_t> window_s = {};    // … per RATE_LIMIT_WINDOW seconds
  // No preset has these: 0 is no limit.
  std::uint32_t site_per_minute = 0;
  std::uint64_t tokens_per_minute = 0;
  std::uint64_t tokens_per_day = 0;
  std::uint64_t site_tokens_per_day = 0;
  std::uint64_t money_micros_per_day = 0;
  std::uint64_t site_money_micros_per_day = 0;
  std::uint32_t tokens_reserved = 1000;
};

// `preset`: balanced, line, proxy, messenger, ai-api or documents.
Result<RateLimitPolicy> make_rate_limit_policy(std::string_view preset,
                                               const RateLimitOverrides& overrides = {});

// What a turn takes of budgets, in both that they are counted in.
struct Cost {
  std::uint64_t tokens = 0;
  std::uint64_t micros = 0;  // millionths of the operator's currency
};

// The charges of one round and the names that headers and logs give them.
class RateCharges {
 public:
  static constexpr std::size_t kMaxCount = 8;
  struct Label {
    std::string_view name;       // a literal
    bool is_shared = false;      // counts others too: its state is none of this client's business
    std::uint8_t unit_bits = 0;  // it counts in units of 2^unit_bits, so that its limit fits
    bool counts_money = false;   // of budgets: this of a cost, not its tokens

    // Rounded up; at most what a cost can be.
    std::uint32_t units_of(std::uint64_t amount) const noexcept;
    std::uint32_t units_of(const Cost& cost) const noexcept {
      return units_of(counts_money ? cost.micros : cost.tokens);
    }
    std::uint64_t amount_of(std::uint32_t units) const noexcept {
      return std::uint64_t{units} << unit_bits;
    }
  };

  void add(const Label& label, const RateCharge& charge) noexcept;
  std::span<const RateCharge> charges() const noexcept { return std::span(charges_).first(count_); }
  std::span<const Label> labels() const noexcept { return std::span(labels_).first(count_); }
  // Those that `cost` is something to, each in its own units.
  RateCharges with_cost(const Cost& cost) const noexcept;

 private:
  std::size_t count_ = 0;
  std::array<RateCharge, kMaxCount> charges_;
  std::array<Label, kMaxCount> labels_;
};

// The limits of one site under one policy. A request is charged in two rounds, each all or none.
// Immutable; safe to use from any thread; allocates only when it is made.
class RateLimits {
 public:
  RateLimits(const RateLimitPolicy& policy, std::string_view site, RateSeed seed);

  const RateLimitPolicy& policy() const noexcept { return policy_; }

  // By how many eighths a limit is smaller than the policy says: what a reputation costs. 0 to 7.
  static constexpr unsigned kEighths = 8;
  // `client` is IpPrefix::of_client.
  RateCharges before_credentials(EndpointClass endpoint, const IpPrefix& client,
                                 unsigned lost_eighths = 0) const noexcept;
  // `domain` is the host of the Origin in lower case, or empty. Who has no name is its prefix.
  RateCharges after_credentials(EndpointClass endpoint, const Principal& principal,
                                const IpPrefix& client, std::string_view domain,
                                unsigned lost_eighths = 0) const noexcept;
  // A message that a channel's platform has handed over: its sender's, and its group's where it was
  // said in one.
  RateCharges for_channel(const Principal& sender, const Principal* group,
                          unsigned lost_eighths = 0) const noexcept;
  // Whether for_budgets() has anything, and whether it has money.
  bool has_budget(const Principal& principal) const noexcept {
    return most_tokens_.amount != 0 || principal.tokens_per_day != 0 || has_money_budget(principal);
  }
  bool has_money_budget(const Principal& principal) const noexcept {
    return most_money_.amount != 0 || principal.money_micros_per_day != 0;
  }
  // What counts what a turn takes, tokens and money, without a cost yet.
  RateCharges for_budgets(const Principal& principal, const IpPrefix& client,
                          unsigned lost_eighths = 0) const noexcept;
  // The most that one turn may take: the smallest limit and its name. 0: there is none.
  struct Most {
    std::uint64_t amount = 0;
    std::string_view name;
  };
  Most most_tokens(const Principal& principal) const noexcept;
  Most most_money(const Principal& principal) const noexcept;
  // For a webhook or peer whose signature is wrong: they are charged nothing before it is checked.
  RateCharges after_bad_signature(const IpPrefix& client) const noexcept;

 private:
  struct Rule {
    RateCharges::Label label;
    std::uint32_t limit = 0;  // in units
    std::uint32_t window_s = 0;
    std::uint64_t salt = 0;  // site, dimension and window
    std::uint64_t parent_salt = 0;
  };
  // A thing that is counted: what it hashes to, and who answers for it where there is no room.
  struct Subject {
    std::uint64_t hash;
    std::uint64_t parent_hash;
    bool is_authenticated;
  };
  // A site is one thing, and its salts name it.
  static constexpr Subject kSite{.hash = 0, .parent_hash = 0, .is_authenticated = true};

  Rule make_rule(std::string_view name, RateRule rule, std::string_view site,
                 bool is_shared = false) const;
  Rule make_money_rule(std::string_view name, RateRule rule, std::string_view site,
                       bool is_shared = false) const;
  static Most least_of(std::initializer_list<const Rule*> rules) noexcept;
  static Most smaller(const Rule& own, std::uint64_t limit, const Most& most) noexcept;
  // A rule that each principal has a limit of its own for.
  static Rule with_limit(const Rule& rule, std::uint64_t limit) noexcept;
  Subject of_prefix(const IpPrefix& prefix) const noexcept;
  Subject of_name(std::string_view name, std::uint64_t kind, bool is_authenticated) const noexcept;
  Subject of_principal(const Principal& principal, const IpPrefix& client) const noexcept;
  static void charge(RateCharges& charges, const Rule& rule, const Subject& subject,
                     unsigned lost_eighths = 0, std::uint32_t cost = 1) noexcept;
  const Rule* own_rule(EndpointClass endpoint) const noexcept;

  RateLimitPolicy policy_;
  RateSeed seed_;
  Rule any_minute_, any_hour_, any_day_, chat_, chat_prefix_, domain_, session_creation_, sign_in_,
      unsigned_webhook_, signed_webhook_, group_, health_, metrics_, websocket_connect_,
      static_file_, site_, tokens_minute_, tokens_day_, site_tokens_day_, money_day_,
      site_money_day_, key_minute_, key_tokens_day_, key_money_day_;
  Most most_tokens_, most_money_;
};

// The values of RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers, 2025-09).
// Left out: what others share in, unless it is what refuses, and beside a refusal whatever resets
// later, because Retry-After may not be earlier than any `t`.
void append_rate_limit_policy(std::string& out, const RateCharges& charges,
                              const RateDecision& decision);
void append_rate_limit(std::string& out, const RateCharges& charges, const RateDecision& decision);
// Both as lines, each with its CRLF. A second round adds lines of its own: lists may be split.
// Does not allocate if 600 bytes are reserved.
void append_rate_limit_headers(std::string& header_lines, const RateCharges& charges,
                               const RateDecision& decision);

}  // namespace gatehouse::guard
