// Who signs in by which provider, in SQLite.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gatehouse/identity/openid/identities.hpp"
#include "gatehouse/store/sqlite/readers.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// Both must be of a file that open_store_file() gave, and outlive this.
class Identities final : public identity::openid::Identities {
 public:
  Identities(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

  async::Task<Result<std::optional<identity::openid::FoundIdentity>>> find(
      async::Worker& home, std::string site, std::string issuer, std::string subject) override;
  async::Task<Result<std::vector<identity::openid::Identity>>> list(
      async::Worker& home, std::string site, std::string account_id) override;
  async::Task<Result<void>> link(async::Worker& home, identity::openid::Identity identity,
                                 audit::Event event) override;
  async::Task<Result<void>> add_account(async::Worker& home, identity::Account account,
                                        identity::openid::Identity identity,
                                        audit::Event event) override;
  async::Task<Result<void>> unlink(async::Worker& home, std::string site, std::string account_id,
                                   std::string id, audit::Event event) override;
  async::Task<Result<void>> begin_session(async::Worker& home, identity::AccountSession session,
                                          std::vector<std::string> ended,
                                          identity::openid::SessionOfProvider from,
                                          audit::Event event) override;
  async::Task<Result<std::optional<std::string>>> provider_of(async::Worker& home, std::string site,
                                                              std::string session_id) override;
  async::Task<Result<identity::openid::LoggedOut>> log_out(async::Worker& home,
                                                           identity::openid::ProviderLogout logout,
                                                           audit::Event event) override;

 private:
  Writer& writer_;
  Readers& readers_;
};

}  // namespace gatehouse::store::sqlite
