// A provider that people sign in with, from the outside: what it says of itself, its keys, and what
// it gives for a code.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/identity/account.hpp"
#include "gatehouse/identity/openid/flow.hpp"
#include "gatehouse/identity/openid/id_token.hpp"

namespace gatehouse::identity::openid {

struct ProviderCall {
  std::string url;
  std::string authorization;        // the header's value; empty: none
  std::optional<std::string> form;  // sent by POST; nothing: a GET
};
struct ProviderAnswer {
  std::uint16_t status = 0;
  std::string body;
};

// Port: HTTP to a provider. Redirects are not followed. kUpstreamFailed, kUpstreamTimeout: it can't
// be reached, or its answer is too large.
class ProviderTransport {
 public:
  virtual ~ProviderTransport() = default;
  virtual async::Task<Result<ProviderAnswer>> call(ProviderCall call,
                                                   async::Cancellation& cancellation) = 0;
};

// Nothing is asked before it is needed; metadata and keys are kept for an hour, and longer where
// they can't be had anew. One per worker, on its thread only. What is handed in outlives it.
class Provider {
 public:
  static constexpr Duration kFresh = std::chrono::hours(1);
  static constexpr Duration kKept = std::chrono::hours(24);
  static constexpr Duration kKeyInterval = std::chrono::minutes(1);  // between looks for a new key
  static constexpr Duration kPause = std::chrono::seconds(5);        // after a failure
  static constexpr unsigned kMaxCalls = 32;                          // at the same time

  Provider(ProviderSettings settings, ProviderTransport& transport, const Clock& clock)
      : settings_(std::move(settings)), transport_(transport), clock_(clock) {}

  const ProviderSettings& settings() const { return settings_; }

  // kUpstreamFailed, kUpstreamTimeout, kUnavailable: it can't be reached, in words for people.
  async::Task<Result<ProviderMetadata>> metadata(async::Cancellation& cancellation);
  // What `iss` of its answer must be (RFC 9207). kUnauthenticated if it isn't.
  async::Task<Result<void>> check_issuer(std::optional<std::string> given,
                                         async::Cancellation& cancellation);
  // Who it is, for the code of its answer.
  async::Task<Result<IdClaims>> redeem(std::string code, Flow flow, std::string role_claim,
                                       async::Cancellation& cancellation);
  async::Task<Result<LogoutClaims>> read_logout(std::string token,
                                                async::Cancellation& cancellation);

 private:
  template <typename T>
  struct Cached {
    std::optional<T> value;
    TimePoint read_at;
    std::optional<TimePoint> failed_at;
  };
  struct Tokens {
    std::string id_token;
    std::string access_token;
  };

  async::Task<Result<ProviderAnswer>> ask(ProviderCall call, async::Cancellation& cancellation);
  async::Task<Result<std::string>> fetch(ProviderCall call, async::Cancellation& cancellation);
  template <typename T>
  bool is_good_enough(const Cached<T>& cached) const;
  template <typename T>
  Result<T> kept_or(Cached<T>& cached, Error error) const;
  async::Task<Result<KeySet>> keys(bool looks_for_new, async::Cancellation& cancellation);
  async::Task<Result<Tokens>> trade(std::string code, Flow flow, async::Cancellation& cancellation);
  template <typename Claims, typename Read>
  async::Task<Result<Claims>> read_with_keys(std::string token, Expected expected, Read read,
                                             async::Cancellation& cancellation);

  const ProviderSettings settings_;
  ProviderTransport& transport_;
  const Clock& clock_;
  Cached<ProviderMetadata> metadata_;
  Cached<KeySet> keys_;
  std::optional<TimePoint> looked_at_;  // for a key that wasn't known
  unsigned calls_ = 0;
};

// Who gets in by a provider, and as what.
struct SignInRules {
  std::vector<std::string> domains;  // of e-mail; empty: any
  bool creates_accounts = false;
  std::string role_claim;  // empty: roles are as they are
  std::vector<std::string> operators;
  std::vector<std::string> analysts;
};

// Whether the e-mail domain, and at Google the hosted domain, may sign in.
bool is_domain_allowed(const SignInRules& rules, const ProviderSettings& provider,
                       const IdClaims& claims);
// Nothing where the provider doesn't decide it.
std::optional<Role> role_for(const SignInRules& rules, const IdClaims& claims);

// All of a worker, in the order they are shown.
struct Providers {
  std::vector<std::unique_ptr<Provider>> all;
  FlowSealer sealer;
  SignInRules rules;
  std::string public_url;  // without a slash at the end

  Provider* find(std::string_view id) const;  // null: there is none
};

}  // namespace gatehouse::identity::openid
