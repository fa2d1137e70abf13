// Port: the second factors of accounts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/audit/event.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::identity {

struct SecondFactor {
  std::string sealed_key;            // by crypto::Sealer
  bool is_confirmed = false;         // else nobody is asked for it
  std::uint64_t last_step = 0;       // of the code that was used last
  std::uint32_t recovery_codes = 0;  // that are left
};

// Whose it is.
struct FactorOwner {
  std::string site = "default";
  std::string account_id;
};

// Each change is durable when it returns, together with the record of it.
class SecondFactors {
 public:
  virtual ~SecondFactors() = default;

  virtual async::Task<Result<std::optional<SecondFactor>>> find(async::Worker& home,
                                                                FactorOwner owner) = 0;
  // Not asked for yet; takes the place of another that nobody confirmed. kConflict: there is one
  // that is.
  virtual async::Task<Result<void>> begin(async::Worker& home, FactorOwner owner,
                                          std::string sealed_key) = 0;
  // From now on it is asked for. Recovery codes by their SHA-256. Ends all sessions of the account,
  // which were begun without it.
  virtual async::Task<Result<void>> confirm(async::Worker& home, FactorOwner owner,
                                            std::uint64_t step,
                                            std::vector<crypto::Digest> recovery_codes,
                                            audit::Event event) = 0;
  // False: the code of this step, or of a later one, was used. Of many at the same time one is
  // true.
  virtual async::Task<Result<bool>> use_step(async::Worker& home, FactorOwner owner,
                                             std::uint64_t step) = 0;
  // False: there is no such code any more.
  virtual async::Task<Result<bool>> use_recovery_code(async::Worker& home, FactorOwner owner,
                                                      crypto::Digest code, audit::Event event) = 0;
  // Ends all sessions of the account, too. kNotFound without one.
  virtual async::Task<Result<void>> remove(async::Worker& home, FactorOwner owner,
                                           audit::Event event) = 0;
};

}  // namespace gatehouse::identity
