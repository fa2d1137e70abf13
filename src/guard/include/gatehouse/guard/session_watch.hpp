// Sessions that turn up elsewhere than where they began.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/principal.hpp"
#include "gatehouse/guard/policy.hpp"
#include "gatehouse/guard/verdict.hpp"

namespace gatehouse::guard {

// A session that somebody else seems to have. Views, good for the call.
struct ThreatenedSession {
  const Principal& principal;
  IpAddress client;
  std::string_view request_id;
  std::string_view rule;
};

// Judges a session by where it is used, and remembers the networks in which those that move have
// been seen. Memory is fixed (256 KB): a session that finds its line taken begins it anew. One for
// all workers; safe from any thread.
class SessionWatch {
 public:
  // Networks (an IPv4 /24 or an IPv6 /48) of ten minutes besides the one it began in. People move
  // between two or three; a token that many use is everywhere at once.
  static constexpr std::size_t kMostNetworks = 4;
  static constexpr std::uint32_t kWindowSeconds = 600;
  // Ends it everywhere, for good. Called on the thread of the request.
  using OnThreat = std::function<void(const ThreatenedSession&)>;

  explicit SessionWatch(std::uint64_t seed);
  SessionWatch(const SessionWatch&) = delete;
  SessionWatch& operator=(const SessionWatch&) = delete;
  // Before the first request.
  void set_on_threat(OnThreat on_threat) { on_threat_ = std::move(on_threat); }

  // A deny: `threatened()` is to be called where the policy ends such sessions. A challenge: it
  // asks for work.
  Verdict judge(const Principal& principal, const IpAddress& client, const Policy& policy,
                TimePoint now);
  void threatened(const ThreatenedSession& session) const {
    if (on_threat_) on_threat_(session);
  }

 private:
  static constexpr std::size_t kLines = 4096;
  struct Seen {
    std::uint32_t network = 0;
    std::uint32_t at_s = 0;  // 0: none
  };
  struct alignas(64) Line {
    std::atomic_flag lock;
    std::uint64_t session = 0;
    std::array<Seen, kMostNetworks> seen;
  };

  bool is_spread(std::string_view session, const IpAddress& client, TimePoint now);

  const std::uint64_t seed_;
  std::unique_ptr<Line[]> lines_;
  OnThreat on_threat_;
};

}  // namespace gatehouse::guard
