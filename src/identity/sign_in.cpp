#include "gatehouse/identity/sign_in.hpp"

#include "gatehouse/crypto/password.hpp"

namespace gatehouse::identity {
namespace {

constexpr crypto::PasswordCost kCost;
constexpr std::string_view kField = "password";

// Of random bytes that nobody kept, at kCost: what is compared where there is no hash, so that it
// takes as long.
constexpr std::string_view kNobodysHash =
    "$argon2id$v=19$m=65536,t=2,p=1$KcB/F7EoLNfHnOb+JS6myA"
    "$QOnL4Tj6MyMc8wesr3PmZ3wK4YW5pPj2u67VMoxYzqA";

std::unexpected<Error> wrong(std::string code) {
  return fail(ErrorCode::kUnauthenticated, "Name or password is wrong.", std::move(code));
}

std::unexpected<Error> refused(const SignInThrottle::Decision& decision) {
  if (decision.next == SignInThrottle::Next::kWork)
    return fail(ErrorCode::kChallengeRequired, "Your browser has a little work to do first.");
  Error error{.code = ErrorCode::kRateLimited,
              .client_message = "That was wrong too often. Wait before you try again.",
              .log_message = "too_many_failures"};
  error.retry_after_ms = decision.retry_after_s * 1000;
  return std::unexpected(std::move(error));
}

}  // namespace

SignIn::SignIn(Accounts& accounts, SignInThrottle& throttle, async::BlockingPool& hashing,
               CommonPasswords common)
    : accounts_(accounts), throttle_(throttle), hashing_(hashing), common_(common) {}

async::Task<SignInOutcome> SignIn::check(async::Worker& home, SignInAttempt attempt) {
  // What is no name is counted as one, and is as wrong as any.
  auto name = read_account_name(attempt.name);
  const std::string counted = name ? *name : "?";
  auto password = normal_password(attempt.password.reveal(), kField);
  if (!password)
    co_return SignInOutcome{.account = std::unexpected(password.error()), .account_id = {}};
  const auto decision = throttle_.begin(attempt.site, counted, attempt.client, attempt.has_worked);
  if (decision.next != SignInThrottle::Next::kTry)
    co_return SignInOutcome{.account = refused(decision), .account_id = {}};
  auto found = co_await accounts_.find_by_name(home, attempt.site, counted);
  if (!found) {
    throttle_.take_back(attempt.site, counted, attempt.client);
    co_return SignInOutcome{.account = std::unexpected(found.error()), .account_id = {}};
  }
  std::string known_id = *found ? (**found).id : std::string();
  auto account = co_await compare(home, std::move(*found), std::move(*password));
  if (account) {
    throttle_.forgive(attempt.site, counted, attempt.client);
  } else if (account.error().code != ErrorCode::kUnauthenticated) {
    throttle_.take_back(attempt.site, counted, attempt.client);
  }
  co_return SignInOutcome{.account = std::move(account), .account_id = std::move(known_id)};
}

// After the same work in every case.
async::Task<Result<Account>> SignIn::compare(async::Worker& home, std::optional<Account> account,
                                             Secret password) {
  const bool can_open = account && !account->is_disabled && !account->password_hash.empty();
  std::string hash(can_open ? std::string_view(account->password_hash) : kNobodysHash);
  auto run = [hash = std::move(hash), password = std::move(password)]() -> Result<bool> {
    return crypto::is_password(password, hash);
  };
  const auto is_right = co_await hashing_.run(home, std::move(run));
  if (!is_right) co_return std::unexpected(is_right.error());
  if (!account) co_return wrong("no_such_account");
  if (account->is_disabled) co_return wrong("account_disabled");
  if (!can_open) co_return wrong("no_password");
  if (!*is_right) co_return wrong("wrong_password");
  co_return std::move(*account);
}

async::Task<Result<std::string>> SignIn::hash_new(async::Worker& home, std::string password,
                                                  std::string account_name) {
  auto normal = normal_password(password, "new_password");
  if (!normal) co_return std::unexpected(normal.error());
  const auto is_good =
      check_new_password({.password = *normal, .account_name = account_name}, common_);
  if (!is_good) co_return std::unexpected(is_good.error());
  auto make = [secret = std::move(*normal)] { return crypto::hash_password(secret, kCost); };
  co_return co_await hashing_.run(home, std::move(make));
}

}  // namespace gatehouse::identity
