// Names and passwords to accounts.
#pragma once

#include <string>
#include <string_view>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/identity/accounts.hpp"
#include "gatehouse/identity/password_policy.hpp"
#include "gatehouse/identity/second_step.hpp"
#include "gatehouse/identity/sign_in_throttle.hpp"

namespace gatehouse::identity {

struct SignInAttempt {
  std::string site = "default";
  std::string name;       // as it was typed
  Secret password;        // as it was typed
  std::string code;       // of the second factor; empty: none was given
  bool asks_code = true;  // where the account has a second factor
  IpPrefix client;
  bool has_worked = false;  // a proof of work came along, and was right
  audit::Event event;       // what a used recovery code is recorded with
};

struct SignInOutcome {
  // kUnauthenticated: wrong, with the reason as a code in log_message; with the field `code` the
  // password was right and the code is missing or wrong. kChallengeRequired without challenge_json:
  // a proof of work is to be asked for. kRateLimited: later.
  Result<Account> account;
  std::string account_id;  // whose password it was not; empty: nobody's. For records only
};

// Checks passwords, and makes their hashes, on a lane of its own whose queue is bounded: a flood of
// attempts fills that and nothing else. It answers the same, after the same work, whether there is
// no such account, it is disabled, has no password, or another one. Safe from any thread.
class SignIn {
 public:
  SignIn(Accounts& accounts, SecondStep& second_step, SignInThrottle& throttle,
         async::BlockingPool& hashing, PasswordTerms terms);

  async::Task<SignInOutcome> check(async::Worker& home, SignInAttempt attempt);
  // The second factor alone, for who has proved the first elsewhere; it costs what guessing costs.
  // Of `attempt` the name and the password are not read.
  async::Task<SignInOutcome> check_second(async::Worker& home, Account account,
                                          SignInAttempt attempt);
  // The hash of a password that is good enough for `account`.
  async::Task<Result<std::string>> hash_new(async::Worker& home, std::string password,
                                            Account account);

 private:
  async::Task<Result<Account>> compare(async::Worker& home, std::optional<Account> account,
                                       Secret password);

  async::Task<Result<Account>> check_code(async::Worker& home, Account account, std::string code,
                                          audit::Event event);
  // What the throttle is told of an attempt that it let through.
  void settle(const Result<Account>& account, const std::string& name,
              const SignInAttempt& attempt);

  Accounts& accounts_;
  SecondStep& second_step_;
  SignInThrottle& throttle_;
  async::BlockingPool& hashing_;
  const PasswordTerms terms_;
};

}  // namespace gatehouse::identity
