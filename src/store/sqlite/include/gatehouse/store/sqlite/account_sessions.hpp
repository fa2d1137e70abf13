// Sessions of accounts in SQLite.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/identity/account_sessions.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// The writer must be of a file that open_store_file() gave, and outlive this.
class AccountSessions final : public identity::AccountSessionStore {
 public:
  using Session = identity::AccountSession;

  explicit AccountSessions(Writer& writer) : writer_(writer) {}

  async::Task<Result<void>> add(async::Worker& home, Session session,
                                std::vector<std::string> ended, audit::Event event) override;
  async::Task<Result<void>> end(async::Worker& home, std::string site, std::vector<std::string> ids,
                                audit::Event event) override;
  async::Task<Result<std::uint64_t>> end_all(async::Worker& home, std::string site,
                                             std::optional<std::string> account_id,
                                             audit::Event event) override;
  async::Task<Result<void>> note_seen(async::Worker& home, std::string site,
                                      std::vector<identity::SeenSession> seen) override;
  async::Task<Result<std::optional<std::vector<Session>>>> load_changed(
      async::Worker& home, std::string site, bool is_asked_anyway) override;
  async::Task<Result<std::uint64_t>> remove_expired(async::Worker& home, WallTime created_before,
                                                    WallTime seen_before) override;

  // For the start. Blocks.
  Result<std::vector<Session>> load_all_and_wait(const std::string& site);

 private:
  Writer& writer_;
  std::int64_t seen_version_ = -1;  // on the writer's thread
};

}  // namespace gatehouse::store::sqlite
