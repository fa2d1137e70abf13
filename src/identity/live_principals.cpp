#include "gatehouse/identity/live_principals.hpp"

namespace gatehouse::identity {

bool LivePrincipals::is_alive(const Principal& principal) const {
  switch (principal.kind) {
    case Principal::Kind::kVisitor:
      return !visitors_.has_ended(principal.id);
    case Principal::Kind::kAccount:
      return principal.is_by_token ? families_.has_family(principal.session_id)
                                   : accounts_.has_session(principal.session_id);
    case Principal::Kind::kAnonymous:
    case Principal::Kind::kApiKey:
    case Principal::Kind::kChannelUser:
      break;
  }
  return true;
}

}  // namespace gatehouse::identity
