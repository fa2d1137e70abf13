// Accounts and their links in SQLite.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gatehouse/identity/accounts.hpp"
#include "gatehouse/store/sqlite/readers.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// Both must be of a file that open_store_file() gave, and outlive this.
class Accounts final : public identity::Accounts {
 public:
  Accounts(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

  async::Task<Result<std::optional<identity::Account>>> find_by_name(async::Worker& home,
                                                                     std::string site,
                                                                     std::string name) override;
  async::Task<Result<std::optional<identity::Account>>> find(async::Worker& home, std::string site,
                                                             std::string id) override;
  async::Task<Result<std::vector<identity::Account>>> list(async::Worker& home,
                                                           std::string site) override;
  async::Task<Result<void>> add(async::Worker& home, identity::Account account,
                                audit::Event event) override;
  async::Task<Result<void>> set_password(async::Worker& home, identity::Account changed,
                                         audit::Event event) override;
  async::Task<Result<void>> set_disabled(async::Worker& home, identity::Account changed,
                                         audit::Event event) override;
  async::Task<Result<void>> set_role(async::Worker& home, identity::Account changed,
                                     audit::Event event) override;
  async::Task<Result<void>> erase(async::Worker& home, identity::Account account,
                                  audit::Event event) override;
  async::Task<Result<void>> add_link(async::Worker& home, identity::Link link,
                                     audit::Event event) override;
  async::Task<Result<std::optional<identity::Link>>> find_link(async::Worker& home,
                                                               std::string site,
                                                               crypto::Digest token_hash,
                                                               WallTime now) override;
  async::Task<Result<identity::Account>> use_link(async::Worker& home, identity::LinkUse use,
                                                  audit::Event event) override;

 private:
  Writer& writer_;
  Readers& readers_;
};

}  // namespace gatehouse::store::sqlite
