// Who asks.
#pragma once

#include <cstdint>
#include <string>

namespace gatehouse {

// A value that travels with a request. What is owned is owned by (site, kind, id).
struct Principal {
  enum class Kind : std::uint8_t { kAnonymous, kVisitor, kApiKey };

  Kind kind = Kind::kAnonymous;
  std::string id;  // a visitor's session, the name of a key; empty for the anonymous
  std::string site = "default";
  // A session that turns up elsewhere than where it began.
  bool has_other_agent = false;
  bool has_other_network = false;

  // One string for stores and logs: "visitor:…", "key:…".
  std::string owner() const;
  friend bool operator==(const Principal&, const Principal&) = default;
};

}  // namespace gatehouse
