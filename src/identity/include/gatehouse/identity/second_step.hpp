// The second step of signing in: a code of an authenticator app, or one for when it is lost.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gatehouse/base/random.hpp"
#include "gatehouse/crypto/sealer.hpp"
#include "gatehouse/identity/account.hpp"
#include "gatehouse/identity/second_factors.hpp"

namespace gatehouse::identity {

// What an authenticator app is given.
struct NewFactor {
  std::string key;  // base32
  std::string uri;  // for a QR code
};

// Safe from any thread.
class SecondStep {
 public:
  SecondStep(SecondFactors& factors, crypto::Sealer sealer, const Clock& clock, Random& random);

  // Nothing where the account has none.
  async::Task<Result<std::optional<SecondFactor>>> find(async::Worker& home, Account account);
  async::Task<Result<NewFactor>> begin(async::Worker& home, Account account);
  // The recovery codes, shown once. kInvalid, with the field `code`, for a wrong code.
  async::Task<Result<std::vector<std::string>>> confirm(async::Worker& home, Account account,
                                                        std::string code, audit::Event event);
  // Whether the code is right, and used up by that. Without a second factor everything is.
  async::Task<Result<bool>> check(async::Worker& home, Account account, std::string code,
                                  audit::Event event);
  async::Task<Result<void>> remove(async::Worker& home, Account account, audit::Event event);

 private:
  Result<Secret> key_of(const SecondFactor& factor, const Account& account) const;

  SecondFactors& factors_;
  const crypto::Sealer sealer_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace gatehouse::identity
