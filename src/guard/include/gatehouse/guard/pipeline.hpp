// The guard of one worker: runs the stages in their order and issues the receipts.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/principal.hpp"
#include "gatehouse/guard/admitted.hpp"
#include "gatehouse/guard/budget_reservation.hpp"
#include "gatehouse/guard/escalation.hpp"
#include "gatehouse/guard/explanations.hpp"
#include "gatehouse/guard/firewall.hpp"
#include "gatehouse/guard/message_guards.hpp"
#include "gatehouse/guard/places.hpp"
#include "gatehouse/guard/policy.hpp"
#include "gatehouse/guard/rate_clock.hpp"
#include "gatehouse/guard/rate_limits.hpp"
#include "gatehouse/guard/rate_store.hpp"
#include "gatehouse/guard/recordings.hpp"
#include "gatehouse/guard/request_guards.hpp"
#include "gatehouse/guard/session_watch.hpp"
#include "gatehouse/guard/verdict.hpp"
#include "gatehouse/telemetry/counters.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::guard {

// Who is asking, for the log and for their reputation. Views of the request.
struct Caller {
  std::string_view request_id;
  IpAddress client;
  const Principal* principal = nullptr;
};

// Runs guards stage by stage; the first that challenges, throttles or denies ends the run, flags
// add up. Each refusal is logged under its request id and counted. One per worker; used on its
// thread only.
class Pipeline {
 public:
  // What the pipelines of all workers share.
  struct Shared {
    const Clock& clock;
    const RateClock& rate_clock;
    const RateLimits& limits;
    RateStore& rates;
    Escalation& escalation;
    Places& places;
    SessionWatch& sessions;
    CadenceTable& cadence;
    ExplanationSampler& sampler;
    Explanations& explanations;
    Firewall* firewall = nullptr;       // null: none
    CrawlerChecks* crawlers = nullptr;  // null: no crawler is verified
    Recordings* recordings = nullptr;   // null: nothing is recorded
  };
  Pipeline(const Shared& shared, telemetry::Log& log, telemetry::Counters& counters);

  // Takes other rules for messages; on the pipeline's thread. On an error the old ones stay.
  Result<void> use(const MessageGuardParts& parts);

  // What explanations say they were made under.
  void set_policy_version(std::string version) { policy_version_ = std::move(version); }

  // The request stage, before credentials: the guards of the head and the limits of the prefix.
  // Nothing: go on. Appends the limits' header lines to `header_lines` in any case.
  std::optional<Verdict> check_request(const RequestView& request, const Policy& policy,
                                       Trail& trail, std::string& header_lines);
  // The principal stage, after credentials: the limits of the principal, its domain and endpoint.
  // The receipt lets the request in.
  std::expected<AdmissionReceipt, Verdict> admit(const RequestView& request,
                                                 const Principal& principal, const Policy& policy,
                                                 Trail& trail, std::string& header_lines);
  // The same for what comes over a connection that was let in before, such as a message of a
  // WebSocket: bans, and all limits that a request of its own would meet. `request` is what the
  // connection began with, with the route's rules of what is asked.
  std::expected<AdmissionReceipt, Verdict> admit_again(const RequestView& request,
                                                       const Principal& principal,
                                                       const Policy& policy);
  bool is_banned(const IpAddress& client) const {
    return shared_.escalation.ban_of(client).has_value();
  }
  // Whether check_firewall() is to be awaited for requests of this class. Files of our own and
  // health have nothing to attack; what a platform has signed holds messages of many people, which
  // the message stage looks at one by one.
  bool asks_firewall(EndpointClass endpoint, const Policy& policy) const {
    if (shared_.firewall == nullptr || policy.firewall == FirewallMode::kOff) [[likely]]
      return false;
    return is_dynamic(endpoint) && endpoint != EndpointClass::kChannel;
  }
  // A whole request that was let in, before its handler sees it. Nothing: go on. `policy` and what
  // `caller` sees must outlive the call.
  async::Task<std::optional<Verdict>> check_firewall(async::Worker& home, FirewallRequest request,
                                                     const Policy& policy, Caller caller);
  // The message stage. What a verdict names lives as long as the rules.
  std::expected<AdmissionReceipt, Verdict> check_message(const MessageView& message,
                                                         const Policy& policy,
                                                         const Caller& caller);
  // The same for all messages of a request: decide_messages().
  std::expected<AdmissionReceipt, Verdict> check_messages(std::span<const MessageView> newest_first,
                                                          const Policy& policy,
                                                          const Caller& caller);
  // Whether a session may get a new token here: one that seems stolen gets none, since its new end
  // would be a thief's.
  bool may_renew(const Principal& principal, const Policy& policy, const Caller& caller);
  // What is open at the same time: given back when the place goes. `caller.principal` is not null.
  std::expected<Place, Verdict> take_place(Places::Kind kind, const Caller& caller);
  // Whether reserve_budget() asks which models may answer.
  bool has_money_budget(const Principal& principal) const {
    return shared_.limits.has_money_budget(principal);
  }
  // What a turn may take of the budgets of who asks, before its responder is asked. Appends the
  // limits' header lines in any case. `caller.principal` is not null.
  std::expected<BudgetReservation, Verdict> reserve_budget(const TokenEstimate& estimate,
                                                           const Caller& caller,
                                                           const Policy& policy,
                                                           std::string& header_lines);
  // A credential that is wrong, which the identity layer has found: counted against the client.
  void note_wrong_credential(const IpAddress& client);

  // A webhook that its channel has refused, above all for its signature: charged to its prefix,
  // which is told `refusal` until that is used up. It weighs on nobody's reputation: where the
  // operator has changed a secret, it is the platform itself that sends these.
  Verdict refuse_webhook(Verdict refusal, const Caller& caller, std::string_view path,
                         std::string& header_lines);
  // The limits of a message that a channel's platform has handed over. `caller.principal` is its
  // sender, `group` where it was said, or null.
  std::optional<Verdict> charge_channel(const Caller& caller, const Principal* group);

  // Content whose shape a channel has refused: counted and logged like what the guards refuse.
  void note_invalid(const Error& error, std::string_view request_id);

 private:
  std::optional<Verdict> check_ban(const RequestView& request) const;
  std::optional<Verdict> check_client(const RequestView& request, const Trail& trail,
                                      std::string& header_lines);
  Verdict check_session(const Principal& principal, const Policy& policy, const Caller& caller);
  std::optional<Verdict> check_challenge(const RequestView& request, const IpPrefix& client,
                                         const Principal& principal, bool is_asked_anyway);
  std::optional<Verdict> charge(const RateCharges& charges, std::string& header_lines);
  BudgetReservation open_budget(const Price& price, const Caller& caller,
                                const Policy& policy) const;
  void record(const RequestView& request, Principal::Kind principal, const Trail& trail,
              Action action);
  void record(std::span<const MessageView> newest_first, const Caller& caller,
              const MessageDecision& decision);
  void note_flags(const Trail& trail, std::string_view evidence, const Caller& caller,
                  std::string_view path);
  void explain(const Verdict& verdict, const Trail& trail, const Caller& caller,
               std::string_view path);
  void note(const Verdict& verdict, const Trail& trail, const Caller& caller,
            std::string_view path);

  const Shared shared_;
  telemetry::Log& log_;
  telemetry::Counters& counters_;
  std::string policy_version_;
  const RequestGuards request_guards_;
  MessageGuards message_guards_;
};

}  // namespace gatehouse::guard
