// Second factors of accounts in SQLite.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gatehouse/identity/second_factors.hpp"
#include "gatehouse/store/sqlite/readers.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// Both must be of a file that open_store_file() gave, and outlive this.
class SecondFactors final : public identity::SecondFactors {
 public:
  using Owner = identity::FactorOwner;

  SecondFactors(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

  async::Task<Result<std::optional<identity::SecondFactor>>> find(async::Worker& home,
                                                                  Owner owner) override;
  async::Task<Result<void>> begin(async::Worker& home, Owner owner,
                                  std::string sealed_key) override;
  async::Task<Result<void>> confirm(async::Worker& home, Owner owner, std::uint64_t step,
                                    std::vector<crypto::Digest> recovery_codes,
                                    audit::Event event) override;
  async::Task<Result<bool>> use_step(async::Worker& home, Owner owner, std::uint64_t step) override;
  async::Task<Result<bool>> use_recovery_code(async::Worker& home, Owner owner, crypto::Digest code,
                                              audit::Event event) override;
  async::Task<Result<void>> remove(async::Worker& home, Owner owner, audit::Event event) override;

 private:
  Writer& writer_;
  Readers& readers_;
};

}  // namespace gatehouse::store::sqlite
