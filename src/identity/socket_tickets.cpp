#include "gatehouse/identity/socket_tickets.hpp"

namespace gatehouse::identity {
namespace {

constexpr std::size_t kTicketBytes = 24;
constexpr std::size_t kMaxTicketCharacters = 64;

std::unexpected<Error> refused(std::string why) {
  Error error{.code = ErrorCode::kUnauthenticated,
              .client_message =
                  "This ticket does not hold here: each opens one connection, within "
                  "30 seconds, from the page that asked for it.",
              .log_message = std::move(why),
              .field = "ticket"};
  return std::unexpected(std::move(error));
}

}  // namespace

void SocketTickets::remove_expired(TimePoint now) {
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) {
    entries_.erase(by_expiry_.begin()->second);
    by_expiry_.erase(by_expiry_.begin());
  }
}

Result<std::string> SocketTickets::issue(const Principal& principal, std::string_view origin) {
  std::string ticket = random_token(random_, kTicketBytes);
  const auto hash = crypto::sha256(ticket);
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  remove_expired(now);
  if (by_expiry_.size() >= kMost) {
    return fail(ErrorCode::kUnavailable, "The server is busy. Try again in a moment.",
                "too many tickets are open");
  }
  entries_.emplace(
      hash,
      Entry{.principal = principal, .origin = std::string(origin), .expires_at = now + kLifetime});
  by_expiry_.emplace(now + kLifetime, hash);
  return ticket;
}

Result<Principal> SocketTickets::redeem(std::string_view ticket, std::string_view origin) {
  if (ticket.size() > kMaxTicketCharacters) return refused("a ticket that is none");
  const auto hash = crypto::sha256(ticket);
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto found = entries_.extract(hash);
  if (found.empty()) return refused("a ticket that is not known");
  Entry& entry = found.mapped();
  if (entry.expires_at <= now) return refused("a ticket that is too old");
  if (entry.origin != origin) return refused("a ticket of another origin");
  return std::move(entry.principal);
}

}  // namespace gatehouse::identity
