// Back from a provider: GET /api/v1/auth/openid/{provider}/callback.
#include "gatehouse/base/id.hpp"
#include "gatehouse/codec/form.hpp"
#include "openid_parts.hpp"

namespace gatehouse::channels {
namespace {

namespace outcome = openid_outcome;
using identity::openid::Flow;
using identity::openid::FoundIdentity;
using identity::openid::IdClaims;
using identity::openid::Identity;
using identity::openid::Pending;
using identity::openid::Provider;
using identity::openid::Purpose;
using telemetry::Counter;

constexpr std::size_t kMaxCodeBytes = 2048;

// What the browser has brought, owned.
struct Return {
  std::string code;
  std::string state;
  std::optional<std::string> issuer;
  std::string error;
  std::string cookie;
};

std::optional<Return> read_return(const http::Request& request, const AuthSettings& settings) {
  const auto fields = codec::FormFields::read(request.head.query());
  if (!fields) return std::nullopt;
  Return returned{.code = std::string(fields->get_or_empty("code")),
                  .state = std::string(fields->get_or_empty("state")),
                  .issuer = std::nullopt,
                  .error = std::string(fields->get_or_empty("error")),
                  .cookie = std::string(openid_cookie_in(request, settings, OpenIdCookie::kFlow))};
  if (const auto issuer = fields->get("iss")) returned.issuer = std::string(*issuer);
  return returned;
}

// What the page is to say, and why, for the records. An empty outcome: somebody is signed in.
struct Ending {
  std::string_view outcome;
  std::string why = {};
  std::string account_id = {};  // whose it is, as far as that is known
};

Ending ending_of(const Error& error, std::string account_id = {}) {
  const bool is_refused = error.code == ErrorCode::kUnauthenticated ||
                          error.code == ErrorCode::kConflict || error.code == ErrorCode::kNotFound;
  return {.outcome = is_refused ? outcome::kRefused : outcome::kUnavailable,
          .why = std::string(error.for_log()),
          .account_id = std::move(account_id)};
}

// One return of one browser. It lives in the handler's frame.
class Homecoming {
 public:
  Homecoming(SharedAuthParts parts, Visit visit, Provider& provider, http::ResponseWriter& writer)
      : parts_(std::move(parts)), visit_(std::move(visit)), provider_(provider), writer_(writer) {}

  async::Task<void> finish(std::optional<Return> returned) {
    Ending ending{.outcome = outcome::kRefused, .why = "malformed_return"};
    if (returned) ending = co_await check(std::move(*returned));
    if (!ending.why.empty()) co_await note(ending);
    send_back(ending.outcome);
  }

 private:
  async::Task<Ending> check(Return returned);
  async::Task<Ending> sign_in(IdClaims claims);
  async::Task<Ending> sign_in_known(FoundIdentity found, IdClaims claims);
  async::Task<Ending> sign_in_unknown(IdClaims claims);
  async::Task<Ending> add_account(IdClaims claims);
  async::Task<Ending> begin(identity::Account account, Identity identity, IdClaims claims);
  async::Task<Result<identity::Account>> with_role(identity::Account account, IdClaims claims);
  async::Task<Ending> prepare_link(IdClaims claims, Flow flow);
  void ask(Pending::Kind kind, const IdClaims& claims, const identity::Account& account);
  async::Task<void> note(Ending ending);
  void send_back(std::string_view outcome);
  WallTime now() const { return parts_->worker.clock().wall(); }
  const std::string& site() const { return visit_.principal.site; }
  const identity::openid::SignInRules& rules() const { return parts_->providers.rules; }

  const SharedAuthParts parts_;
  const Visit visit_;
  Provider& provider_;
  http::ResponseWriter& writer_;
  bool links_ = false;
};

// Why somebody may not come in whoever they are.
std::optional<Ending> check_rules(const identity::openid::SignInRules& rules,
                                  const Provider& provider, const IdClaims& claims) {
  if (!rules.domains.empty() && !claims.is_email_verified)
    return Ending{.outcome = outcome::kUnverified, .why = "email_not_verified"};
  if (!is_domain_allowed(rules, provider.settings(), claims))
    return Ending{.outcome = outcome::kDomain, .why = "domain_not_allowed"};
  return std::nullopt;
}

async::Task<Ending> Homecoming::check(Return returned) {
  auto flow = parts_->providers.sealer.open_flow(returned.cookie, now());
  if (!flow || flow->provider != provider_.settings().id)
    co_return Ending{.outcome = outcome::kRefused, .why = "no_flow"};
  if (!crypto::equals_in_constant_time(flow->state, returned.state))
    co_return Ending{.outcome = outcome::kRefused, .why = "wrong_state"};
  // It is used up; what doesn't belong to it leaves it alone.
  add_cookie(writer_, openid_cookie(parts_->settings, OpenIdCookie::kFlow, {}));
  links_ = flow->purpose == Purpose::kLink;
  const auto is_its_own =
      co_await provider_.check_issuer(std::move(returned.issuer), writer_.client_left());
  if (!is_its_own) co_return ending_of(is_its_own.error());
  if (returned.error == "access_denied")
    co_return Ending{.outcome = outcome::kCancelled, .why = "access_denied"};
  if (!returned.error.empty() || returned.code.empty() || returned.code.size() > kMaxCodeBytes)
    co_return Ending{.outcome = outcome::kRefused, .why = "provider_error"};
  auto claims = co_await provider_.redeem(std::move(returned.code), *flow, rules().role_claim,
                                          writer_.client_left());
  if (!claims) co_return ending_of(claims.error());
  if (auto out = check_rules(rules(), provider_, *claims)) co_return std::move(*out);
  if (links_) co_return co_await prepare_link(std::move(*claims), std::move(*flow));
  co_return co_await sign_in(std::move(*claims));
}

async::Task<Ending> Homecoming::sign_in(IdClaims claims) {
  auto found = co_await parts_->identities.find(parts_->worker, site(), provider_.settings().issuer,
                                                claims.subject);
  if (!found) co_return ending_of(found.error());
  if (*found) co_return co_await sign_in_known(std::move(**found), std::move(claims));
  co_return co_await sign_in_unknown(std::move(claims));
}

async::Task<Ending> Homecoming::sign_in_known(FoundIdentity found, IdClaims claims) {
  const std::string id = found.account.id;
  if (found.account.is_disabled)
    co_return Ending{.outcome = outcome::kDisabled, .why = "account_disabled", .account_id = id};
  auto account = co_await with_role(std::move(found.account), claims);
  if (!account) co_return ending_of(account.error(), id);
  const auto factor = co_await parts_->second_step.find(parts_->worker, *account);
  if (!factor) co_return ending_of(factor.error(), id);
  if (*factor) {
    ask(Pending::Kind::kCode, claims, *account);
    co_return Ending{.outcome = outcome::kCode};
  }
  co_return co_await begin(std::move(*account), std::move(found.identity), std::move(claims));
}

// Who is unknown gets an account only where that is wanted, and never one that is there already:
// its owner signs in and says yes.
async::Task<Ending> Homecoming::sign_in_unknown(IdClaims claims) {
  const auto name = identity::read_account_name(claims.email);
  if (claims.is_email_verified && name) {
    const auto owner = co_await parts_->accounts.find_by_name(parts_->worker, site(), *name);
    if (!owner) co_return ending_of(owner.error());
    if (*owner && (**owner).is_disabled)
      co_return Ending{
          .outcome = outcome::kDisabled, .why = "account_disabled", .account_id = (**owner).id};
    if (*owner) {
      ask(Pending::Kind::kLink, claims, **owner);
      co_return Ending{
          .outcome = outcome::kLinkedNeeded, .why = "not_linked_yet", .account_id = (**owner).id};
    }
  }
  if (!rules().creates_accounts)
    co_return Ending{.outcome = outcome::kNoAccount, .why = "no_such_account"};
  if (!claims.is_email_verified || !name)
    co_return Ending{.outcome = outcome::kUnverified, .why = "email_not_verified"};
  co_return co_await add_account(std::move(claims));
}

async::Task<Ending> Homecoming::add_account(IdClaims claims) {
  const identity::Account account{.id = make_uuid_v7(now(), parts_->random),
                                  .site = site(),
                                  .name = claims.email,
                                  .role = role_for(rules(), claims).value_or(Role::kMember),
                                  .created_at = now(),
                                  .password_changed_at = now()};
  Identity identity{.id = make_uuid_v7(now(), parts_->random),
                    .site = site(),
                    .account_id = account.id,
                    .provider = provider_.settings().id,
                    .issuer = provider_.settings().issuer,
                    .subject = claims.subject,
                    .email = claims.email,
                    .linked_at = now(),
                    .last_used_at = now()};
  audit::Event event = event_of(*parts_, visit_, audit::action::kAccountAdded);
  event.actor = "provider:" + provider_.settings().id;
  event.subject = "account:" + account.id;
  event.detail = identity::name_of(account.role);
  const auto added =
      co_await parts_->identities.add_account(parts_->worker, account, identity, std::move(event));
  if (!added) co_return ending_of(added.error());
  co_return co_await begin(account, std::move(identity), std::move(claims));
}

// The provider's word counts at each sign-in, where roles are its business.
async::Task<Result<identity::Account>> Homecoming::with_role(identity::Account account,
                                                             IdClaims claims) {
  const auto role = role_for(rules(), claims);
  if (!role || *role == account.role) co_return account;
  account.role = *role;
  audit::Event event = event_of(*parts_, visit_, audit::action::kRoleChanged);
  event.actor = "provider:" + provider_.settings().id;
  event.subject = "account:" + account.id;
  event.detail = identity::name_of(*role);
  const auto kept = co_await parts_->accounts.set_role(parts_->worker, account, std::move(event));
  if (!kept) co_return std::unexpected(kept.error());
  account.epoch += 1;
  end_sessions_of(*parts_, account);
  co_return account;
}

async::Task<Ending> Homecoming::begin(identity::Account account, Identity identity,
                                      IdClaims claims) {
  const std::string id = account.id;
  ByProvider from{.provider = provider_.settings().id,
                  .session = {.identity_id = std::move(identity.id),
                              .email = std::move(claims.email),
                              .session_id = std::move(claims.session_id)}};
  const auto issued = co_await begin_session(parts_, std::move(account), visit_, std::move(from));
  if (!issued) co_return ending_of(issued.error(), id);
  add_cookie(writer_, session_cookie_of(*parts_, *issued));
  co_return Ending{};
}

async::Task<Ending> Homecoming::prepare_link(IdClaims claims, Flow flow) {
  const bool is_same_person =
      has_session(visit_.principal) && visit_.principal.id == flow.account_id;
  if (!is_same_person) co_return Ending{.outcome = outcome::kRefused, .why = "other_session"};
  const identity::Account owner{.id = flow.account_id, .site = site()};
  if (!claims.is_email_verified)
    co_return Ending{
        .outcome = outcome::kUnverified, .why = "email_not_verified", .account_id = owner.id};
  const auto found = co_await parts_->identities.find(parts_->worker, site(),
                                                      provider_.settings().issuer, claims.subject);
  if (!found) co_return ending_of(found.error(), owner.id);
  if (*found && (**found).account.id == owner.id) co_return Ending{};
  if (*found)
    co_return Ending{
        .outcome = outcome::kRefused, .why = "linked_to_another", .account_id = owner.id};
  ask(Pending::Kind::kLink, claims, owner);
  co_return Ending{.outcome = outcome::kConfirm};
}

void Homecoming::ask(Pending::Kind kind, const IdClaims& claims, const identity::Account& account) {
  const auto life = std::chrono::duration_cast<std::chrono::milliseconds>(Pending::kLifetime);
  const Pending pending{.kind = kind,
                        .provider = provider_.settings().id,
                        .issuer = provider_.settings().issuer,
                        .subject = claims.subject,
                        .email = claims.email,
                        .session_id = claims.session_id,
                        .account_id = account.id,
                        .epoch = account.epoch,
                        .expires_at = now() + life};
  add_cookie(writer_, openid_cookie(parts_->settings, OpenIdCookie::kPending,
                                    parts_->providers.sealer.seal(pending)));
}

async::Task<void> Homecoming::note(Ending ending) {
  if (ending.outcome != outcome::kCancelled) parts_->counters.add(Counter::kAuthFailures);
  parts_->log.info(telemetry::event::kAuthFailed, "A sign-in by a provider was refused.",
                   {{"request_id", visit_.request_id},
                    {"provider", provider_.settings().id},
                    {"why", ending.why},
                    {"client", visit_.client.to_string()}});
  audit::Event event =
      event_of(*parts_, visit_, links_ ? audit::action::kIdentityLinked : audit::action::kSignIn);
  event.subject = ending.account_id.empty() ? "" : "account:" + ending.account_id;
  event.outcome = audit::Outcome::kRefused;
  event.detail = ending.why + " provider:" + provider_.settings().id;
  const auto kept = co_await parts_->audit.append(parts_->worker, std::move(event));
  if (!kept) parts_->log.error("STORE_FAILED", kept.error().for_log());
}

// To a place of our own, whatever happened. What went wrong stands in the records alone.
void Homecoming::send_back(std::string_view said) {
  http::ResponseHead head;
  head.status = 303;
  head.headers.add_lines("Cache-Control: no-store\r\n");
  head.headers.add("Location", said.empty() ? "/account" : "/account?openid=" + std::string(said));
  writer_.send(head, {});
}

class OpenIdCallback final : public AuthHandler {
 public:
  explicit OpenIdCallback(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    Visit visit = visit_of(*request, parts_->settings);
    auto* const provider = find_provider(*parts_, writer, visit, request->parameter);
    if (provider == nullptr) co_return;
    auto returned = read_return(*request, parts_->settings);
    Homecoming homecoming(parts_, std::move(visit), *provider, writer);
    co_await homecoming.finish(std::move(returned));
  }

 private:
  SharedAuthParts parts_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_openid_callback(SharedAuthParts parts) {
  return std::make_unique<OpenIdCallback>(std::move(parts));
}

}  // namespace gatehouse::channels
