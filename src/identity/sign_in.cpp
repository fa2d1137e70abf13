#include "gatehouse/identity/sign_in.hpp"

#include "gatehouse/crypto/password.hpp"

namespace gatehouse::identity {
namespace {

constexpr crypto::PasswordCost kCost;
constexpr std::string_view kField = "password";
constexpr std::string_view kCodeMissing = "code_missing";

// Of random bytes that nobody kept, at kCost: what is compared where there is no hash, so that it
// takes as long.
constexpr std::string_view kNobodysHash =
    "$argon2id$v=19$m=65536,t=2,p=1$KcB/F7EoLNfHnOb+JS6myA"
    "$QOnL4Tj6MyMc8wesr3PmZ3wK4YW5pPj2u67VMoxYzqA";

std::unexpected<Error> wrong(std::string code) {
  return fail(ErrorCode::kUnauthenticated, "Name or password is wrong.", std::move(code));
}

std::unexpected<Error> wrong_code(std::string message, std::string_view why) {
  return std::unexpected(Error{.code = ErrorCode::kUnauthenticated,
                               .client_message = std::move(message),
                               .log_message = std::string(why),
                               .field = "code"});
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

SignIn::SignIn(Accounts& accounts, SecondStep& second_step, SignInThrottle& throttle,
               async::BlockingPool& hashing, PasswordTerms terms)
    : accounts_(accounts),
      second_step_(second_step),
      throttle_(throttle),
      hashing_(hashing),
      terms_(std::move(terms)) {}

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
  if (account && attempt.asks_code)
    account = co_await check_code(home, std::move(*account), attempt.code, attempt.event);
  settle(account, counted, attempt);
  co_return SignInOutcome{.account = std::move(account), .account_id = std::move(known_id)};
}

async::Task<SignInOutcome> SignIn::check_second(async::Worker& home, Account account,
                                                SignInAttempt attempt) {
  const std::string name = account.name;
  std::string known_id = account.id;
  const auto decision = throttle_.begin(attempt.site, name, attempt.client, attempt.has_worked);
  if (decision.next != SignInThrottle::Next::kTry)
    co_return SignInOutcome{.account = refused(decision), .account_id = std::move(known_id)};
  auto checked = co_await check_code(home, std::move(account), attempt.code, attempt.event);
  settle(checked, name, attempt);
  co_return SignInOutcome{.account = std::move(checked), .account_id = std::move(known_id)};
}

void SignIn::settle(const Result<Account>& account, const std::string& name,
                    const SignInAttempt& attempt) {
  if (account) {
    throttle_.forgive(attempt.site, name, attempt.client);
  } else if (account.error().code != ErrorCode::kUnauthenticated ||
             account.error().log_message == kCodeMissing) {
    throttle_.take_back(attempt.site, name, attempt.client);
  }
}

// Whoever gets here has proved the first factor, so it may be told that the code is what is wrong.
async::Task<Result<Account>> SignIn::check_code(async::Worker& home, Account account,
                                                std::string code, audit::Event event) {
  const auto factor = co_await second_step_.find(home, account);
  if (!factor) co_return std::unexpected(factor.error());
  if (!*factor) co_return account;
  if (code.empty()) co_return wrong_code("Enter the code of your app.", kCodeMissing);
  event.action = audit::action::kRecoveryCodeUsed;
  event.actor = event.subject = "account:" + account.id;
  const auto is_right =
      co_await second_step_.check(home, account, std::move(code), std::move(event));
  if (!is_right) co_return std::unexpected(is_right.error());
  if (!*is_right) co_return wrong_code("That code is wrong, or was used already.", "wrong_code");
  co_return account;
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
                                                  Account account) {
  const auto factor = co_await second_step_.find(home, account);
  if (!factor) co_return std::unexpected(factor.error());
  auto normal = normal_password(password, "new_password");
  if (!normal) co_return std::unexpected(normal.error());
  const auto is_good = check_new_password(
      {.password = *normal, .account_name = account.name, .has_second_factor = factor->has_value()},
      terms_);
  if (!is_good) co_return std::unexpected(is_good.error());
  auto make = [secret = std::move(*normal)] { return crypto::hash_password(secret, kCost); };
  co_return co_await hashing_.run(home, std::move(make));
}

}  // namespace gatehouse::identity
