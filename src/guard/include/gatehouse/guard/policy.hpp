// The guard settings of a site: immutable, versioned, one snapshot for all workers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/ip_address.hpp"

namespace gatehouse::guard {

class PriceTable;
class ReplyRules;

// How much is made of a session that turns up elsewhere than where it began.
enum class SessionSignals : std::uint8_t {
  kOff,
  kNormal,  // another browser: flagged; another browser and network: refused
  kStrict,  // another browser: refused; another network: a proof of work
  kEnd,     // the same, and what is refused ends everywhere
};

// What is done about programs that open sessions as if they were browsers.
enum class BotPolicy : std::uint8_t {
  kOff,
  kFlag,       // they are logged
  kChallenge,  // each session costs a proof of work
  kDeny,
};

// What a web application firewall may do with a request that it takes for an attack.
enum class FirewallMode : std::uint8_t { kOff, kObserve, kBlock };

struct Policy {
  std::string version = "1";
  std::string fingerprint;  // the same after a restart, for as long as rules and settings are
  std::string site = "default";
  // host or host:port in lower case; a host without a port stands for every port.
  std::vector<std::string> hosts;
  // Normalised origins besides the site's own. `allows_any_origin` never goes with credentials.
  std::vector<std::string> origins;
  bool allows_any_origin = false;
  bool allows_credentials = true;
  std::uint32_t message_max_characters = 10'000;  // what a person may say at once
  std::uint32_t api_message_max_characters =
      1'000'000;  // the same in a program's prompt, documents included
  std::uint64_t reply_max_bytes = 1024 * 1024;
  std::shared_ptr<const ReplyRules> reply_rules;  // null: size and form only
  std::shared_ptr<const PriceTable> prices;       // null: nothing costs money

  // The scores of messages, 0 to 1000: from `flag_at` on they are logged, from `deny_at` on
  // refused.
  std::uint16_t flag_at = 500;
  std::uint16_t deny_at = 900;
  bool enforces = true;                       // false: what would be refused is logged and let in
  std::vector<std::string> observed_rules;    // ids of rules that are logged only and don't count
  std::uint64_t scan_max_bytes = 256 * 1024;  // of the messages of one request, the newest first
  bool denies_unscanned = false;              // what is beyond that

  SessionSignals session_signals = SessionSignals::kNormal;
  BotPolicy bots = BotPolicy::kFlag;
  std::vector<std::string> ja4_denied;  // fingerprints of TLS clients that open no session
  FirewallMode firewall = FirewallMode::kOff;

  bool is_host_allowed(std::string_view host) const;
  // Whether `origin` is the site itself as the client sees it, or one of `origins`.
  bool is_own_origin(std::string_view origin, std::string_view host, bool is_secure) const;
  bool is_origin_allowed(std::string_view origin, std::string_view host, bool is_secure) const;
};

// A Host without its port; an IPv6 address keeps its brackets.
std::string_view without_port(std::string_view host);

}  // namespace gatehouse::guard
