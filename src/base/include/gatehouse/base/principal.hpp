// Who asks.
#pragma once

#include <cstdint>
#include <string>

namespace gatehouse {

// What an account may do, in this order.
enum class Role : std::uint8_t { kMember, kAnalyst, kOperator };

// A value that travels with a request. What is owned is owned by (site, kind, id).
struct Principal {
  enum class Kind : std::uint8_t { kAnonymous, kVisitor, kApiKey, kAccount, kChannelUser };

  Kind kind = Kind::kAnonymous;
  // Of a visitor's session, a key, an account, or who a channel's platform has named ("line:U…");
  // empty for the anonymous.
  std::string id;
  std::string site = "default";
  Role role = Role::kMember;  // these three: of an account
  std::string session_id;     // with a token: of its family
  bool is_by_token = false;   // by an access token, not a cookie
  // What one key may do beside the limits for all of them; 0: nothing less.
  std::uint32_t requests_per_minute = 0;
  std::uint64_t tokens_per_day = 0;
  std::uint64_t money_micros_per_day = 0;  // millionths of the operator's currency
  // A session that turns up elsewhere than where it began.
  bool has_other_agent = false;
  bool has_other_network = false;

  // One string for stores and logs: "visitor:…", "key:…", "account:…", "channel:…".
  std::string owner() const;
  friend bool operator==(const Principal&, const Principal&) = default;
};

}  // namespace gatehouse
