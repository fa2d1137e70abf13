// Visitor sessions: who a person without an account is, from one request to the next.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::identity {

// Port: the sessions that were ended before their time, kept until they would have expired.
class EndedSessions {
 public:
  struct Entry {
    std::string session_id;
    WallTime expires_at;
  };
  virtual ~EndedSessions() = default;
  // Durable when it returns.
  virtual async::Task<Result<void>> add(async::Worker& home, std::string site, Entry entry) = 0;
};

// Where a session is used from. A view.
struct SessionOrigin {
  std::string_view user_agent;
  std::string_view language = {};  // Accept-Language: two browsers of one name differ in it
  IpPrefix network = {};           // IpPrefix::of_client
};

struct Visitor {
  std::string session_id;
  WallTime expires_at;
  bool has_other_agent = false;  // than the one it began with
  bool has_other_network = false;
};

struct IssuedSession {
  Visitor visitor;
  std::string token;
  std::string csrf_token;
};

// Makes and checks session tokens. A token carries its session, expiry and marks of where it began
// under a MAC, so starting a session stores nothing and a flood of starts fills nothing; only ended
// sessions are remembered. Safe from any thread.
class VisitorSessions {
 public:
  VisitorSessions(const Clock& clock, Random& random, const Secret& secret, std::string site,
                  Duration lifetime);

  IssuedSession start(const SessionOrigin& origin = {});
  // The same session, a new expiry, and from now on this origin.
  IssuedSession renew(const Visitor& visitor, const SessionOrigin& origin = {});
  // Whether it has the form of a session's token, and not that of another.
  static bool may_be_token(std::string_view text);
  // kUnauthenticated for what was not issued here, has expired or was ended.
  Result<Visitor> verify(std::string_view token, const SessionOrigin& origin = {}) const;
  bool is_csrf_token(const Visitor& visitor, std::string_view csrf_token) const;
  // Refused from now on in this process; the caller makes it durable, until last_expiry().
  void end(const std::string& session_id);
  // A renewed token of a session may live longer than the one at hand, up to a lifetime from now.
  WallTime last_expiry() const;
  void load(const std::vector<EndedSessions::Entry>& entries);
  // For what goes on longer than a request: a stream that is open.
  bool has_ended(std::string_view session_id) const;
  Duration lifetime() const { return lifetime_; }
  // How many sessions were started here and neither ended nor have expired.
  std::uint64_t active() const;

 private:
  IssuedSession issue(std::string session_id, const SessionOrigin& origin);
  std::string marks_of(const SessionOrigin& origin) const;
  std::string csrf_token(std::string_view session_id) const;
  void remember_end(std::string session_id, WallTime until);

  const Clock& clock_;
  Random& random_;
  const std::string site_;
  const Duration lifetime_;
  const crypto::MacKey token_key_;
  const crypto::MacKey csrf_key_;
  std::uint64_t mark_seed_low_ = 0;
  std::uint64_t mark_seed_high_ = 0;
  mutable std::shared_mutex mutex_;
  std::set<std::string, std::less<>> ended_;
  std::multimap<WallTime, std::string> ended_by_expiry_;
  std::deque<WallTime>
      started_;  // when each session of this process expires, oldest first; bounded
};

}  // namespace gatehouse::identity
