// Whether who was let in may still be here: for what goes on longer than a request.
#pragma once

#include "gatehouse/base/principal.hpp"
#include "gatehouse/identity/account_sessions.hpp"
#include "gatehouse/identity/live_families.hpp"
#include "gatehouse/identity/visitor_sessions.hpp"

namespace gatehouse::identity {

// Asked now and then by streams and sockets that are open. Safe from any thread.
class LivePrincipals {
 public:
  LivePrincipals(const VisitorSessions& visitors, const AccountSessions& accounts,
                 const LiveFamilies& families)
      : visitors_(visitors), accounts_(accounts), families_(families) {}

  // False once its session has ended: here or, within seconds, by another process.
  bool is_alive(const Principal& principal) const;

 private:
  const VisitorSessions& visitors_;
  const AccountSessions& accounts_;
  const LiveFamilies& families_;
};

}  // namespace gatehouse::identity
