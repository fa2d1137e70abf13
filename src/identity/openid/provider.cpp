#include "gatehouse/identity/openid/provider.hpp"

#include <algorithm>

#include "gatehouse/codec/json.hpp"

namespace gatehouse::identity::openid {
namespace {

constexpr std::size_t kMaxAccessTokenBytes = 8 * 1024;
constexpr std::size_t kTokenAnswerDepth = 8;
constexpr std::string_view kGmail = "gmail.com";

// Counts a call as long as it lives.
class Counted {
 public:
  explicit Counted(unsigned& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  unsigned& count_;
};

}  // namespace

async::Task<Result<ProviderAnswer>> Provider::ask(ProviderCall call,
                                                  async::Cancellation& cancellation) {
  if (calls_ >= kMaxCalls) {
    co_return fail(ErrorCode::kUnavailable,
                   "Too many people sign in with " + settings_.name + ". Try again in a moment.");
  }
  const Counted counted(calls_);
  const std::string url = call.url;
  auto answer = co_await transport_.call(std::move(call), cancellation);
  if (answer && answer->status < 500) co_return std::move(*answer);
  Error error{.code = ErrorCode::kUpstreamFailed, .client_message = {}, .log_message = url + ": "};
  if (answer) {
    error.log_message += "status " + std::to_string(answer->status);
  } else {
    error.code = answer.error().code;
    error.log_message += answer.error().for_log();
  }
  error.client_message = settings_.name + " can't be reached at the moment. Try again in a minute.";
  co_return std::unexpected(std::move(error));
}

async::Task<Result<std::string>> Provider::fetch(ProviderCall call,
                                                 async::Cancellation& cancellation) {
  const std::string url = call.url;
  auto answer = co_await ask(std::move(call), cancellation);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  if (answer->status == 200) co_return std::move(answer->body);
  co_return fail(ErrorCode::kUpstreamFailed,
                 settings_.name + " can't be reached at the moment. Try again in a minute.",
                 url + ": status " + std::to_string(answer->status));
}

template <typename T>
bool Provider::is_good_enough(const Cached<T>& cached) const {
  const TimePoint now = clock_.now();
  if (!cached.value) return false;
  return now - cached.read_at < kFresh || (cached.failed_at && now - *cached.failed_at < kPause);
}

// What was read before serves for a day, should the provider be away.
template <typename T>
Result<T> Provider::kept_or(Cached<T>& cached, Error error) const {
  const TimePoint now = clock_.now();
  cached.failed_at = now;
  if (cached.value && now - cached.read_at < kKept) return *cached.value;
  return std::unexpected(std::move(error));
}

async::Task<Result<ProviderMetadata>> Provider::metadata(async::Cancellation& cancellation) {
  if (is_good_enough(metadata_)) co_return *metadata_.value;
  auto json = co_await fetch(
      {.url = metadata_url(settings_.issuer), .authorization = {}, .form = std::nullopt},
      cancellation);
  if (!json) co_return kept_or(metadata_, std::move(json.error()));
  auto read = read_metadata(*json, settings_.issuer);
  if (!read) co_return kept_or(metadata_, std::move(read.error()));
  metadata_ = {.value = *read, .read_at = clock_.now(), .failed_at = std::nullopt};
  co_return read;
}

// A new key is looked for once a minute at most, however many tokens name one that isn't known.
async::Task<Result<KeySet>> Provider::keys(bool looks_for_new, async::Cancellation& cancellation) {
  if (looks_for_new) {
    const TimePoint now = clock_.now();
    if (looked_at_ && now - *looked_at_ < kKeyInterval && keys_.value) co_return *keys_.value;
    looked_at_ = now;
  } else if (is_good_enough(keys_)) {
    co_return *keys_.value;
  }
  const auto known = co_await metadata(cancellation);
  if (!known) co_return std::unexpected(known.error());
  auto json = co_await fetch({.url = known->jwks_uri, .authorization = {}, .form = std::nullopt},
                             cancellation);
  if (!json) co_return kept_or(keys_, std::move(json.error()));
  auto read = KeySet::read(*json);
  if (!read) co_return kept_or(keys_, std::move(read.error()));
  keys_ = {.value = *read, .read_at = clock_.now(), .failed_at = std::nullopt};
  co_return read;
}

async::Task<Result<void>> Provider::check_issuer(std::optional<std::string> given,
                                                 async::Cancellation& cancellation) {
  const auto known = co_await metadata(cancellation);
  if (!known) co_return std::unexpected(known.error());
  if (given && *given != known->issuer) co_return refused("answer_of_another_issuer");
  if (!given && known->names_itself) co_return refused("answer_without_issuer");
  co_return Result<void>();
}

async::Task<Result<Provider::Tokens>> Provider::trade(std::string code, Flow flow,
                                                      async::Cancellation& cancellation) {
  const auto known = co_await metadata(cancellation);
  if (!known) co_return std::unexpected(known.error());
  auto request = token_request(*known, settings_, code, flow);
  auto answer = co_await ask({.url = known->token_endpoint,
                              .authorization = std::move(request.authorization),
                              .form = std::move(request.form)},
                             cancellation);
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status != 200) co_return refused("code_refused");
  codec::JsonReader reader({.depth = kTokenAnswerDepth});
  const auto object = reader.read(answer->body);
  if (!object || !object->is_object()) co_return refused("malformed_token_answer");
  Tokens tokens{.id_token = std::string((*object)["id_token"].string_or_empty()),
                .access_token = std::string((*object)["access_token"].string_or_empty())};
  if (tokens.id_token.empty()) co_return refused("no_id_token");
  if (tokens.access_token.size() > kMaxAccessTokenBytes)
    co_return refused("malformed_token_answer");
  co_return tokens;
}

template <typename Claims, typename Read>
async::Task<Result<Claims>> Provider::read_with_keys(std::string token, Expected expected,
                                                     Read read, async::Cancellation& cancellation) {
  const auto known = co_await keys(false, cancellation);
  if (!known) co_return std::unexpected(known.error());
  auto claims = read(token, *known, expected, clock_.wall());
  if (claims || claims.error().log_message != KeySet::kUnknownKey) co_return claims;
  const auto newer = co_await keys(true, cancellation);
  if (!newer) co_return std::unexpected(newer.error());
  co_return read(token, *newer, expected, clock_.wall());
}

async::Task<Result<IdClaims>> Provider::redeem(std::string code, Flow flow, std::string role_claim,
                                               async::Cancellation& cancellation) {
  Expected expected{.issuer = settings_.issuer,
                    .client_id = settings_.client_id,
                    .nonce = flow.nonce,
                    .access_token = {},
                    .role_claim = std::move(role_claim)};
  const auto tokens = co_await trade(std::move(code), std::move(flow), cancellation);
  if (!tokens) co_return std::unexpected(tokens.error());
  expected.access_token = tokens->access_token;
  auto claims =
      co_await read_with_keys<IdClaims>(tokens->id_token, expected, read_id_token, cancellation);
  if (!claims) co_return claims;
  const auto known = co_await metadata(cancellation);
  if (!known) co_return std::unexpected(known.error());
  const bool lacks_something =
      claims->email.empty() || (!expected.role_claim.empty() && !claims->has_roles);
  if (!lacks_something || known->userinfo_endpoint.empty() || tokens->access_token.empty())
    co_return claims;
  const auto more = co_await fetch({.url = known->userinfo_endpoint,
                                    .authorization = "Bearer " + tokens->access_token,
                                    .form = std::nullopt},
                                   cancellation);
  if (!more) co_return std::unexpected(more.error());
  co_return with_userinfo(std::move(*claims), *more, expected);
}

async::Task<Result<LogoutClaims>> Provider::read_logout(std::string token,
                                                        async::Cancellation& cancellation) {
  const Expected expected{.issuer = settings_.issuer,
                          .client_id = settings_.client_id,
                          .nonce = {},
                          .access_token = {},
                          .role_claim = {}};
  co_return co_await read_with_keys<LogoutClaims>(std::move(token), expected, read_logout_token,
                                                  cancellation);
}

bool is_domain_allowed(const SignInRules& rules, const ProviderSettings& provider,
                       const IdClaims& claims) {
  if (rules.domains.empty()) return true;
  const auto is_listed = [&](std::string_view domain) {
    return std::ranges::find(rules.domains, domain) != rules.domains.end();
  };
  const auto at = claims.email.rfind('@');
  if (at == std::string::npos || !is_listed(std::string_view(claims.email).substr(at + 1)))
    return false;
  if (!provider.is_google) return true;
  // A private account may have any address. `hd` alone says that the domain looks after it.
  if (claims.hosted_domain.empty()) return claims.email.substr(at + 1) == kGmail;
  return is_listed(claims.hosted_domain);
}

std::optional<Role> role_for(const SignInRules& rules, const IdClaims& claims) {
  if (rules.role_claim.empty()) return std::nullopt;
  const auto has_one_of = [&](const std::vector<std::string>& values) {
    return std::ranges::any_of(claims.roles, [&](const std::string& role) {
      return std::ranges::find(values, role) != values.end();
    });
  };
  if (has_one_of(rules.operators)) return Role::kOperator;
  return has_one_of(rules.analysts) ? Role::kAnalyst : Role::kMember;
}

Provider* Providers::find(std::string_view id) const {
  const auto found =
      std::ranges::find_if(all, [&](const auto& each) { return each->settings().id == id; });
  return found == all.end() ? nullptr : found->get();
}

}  // namespace gatehouse::identity::openid
