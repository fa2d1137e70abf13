// Sessions that were ended before their time, in SQLite.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gatehouse/identity/visitor_sessions.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// The writer must be of a file that open_store_file() gave, and outlive this.
class EndedSessions final : public identity::EndedSessions {
 public:
  explicit EndedSessions(Writer& writer) : writer_(writer) {}

  // At the start, for VisitorSessions::load(). Blocks.
  Result<std::vector<Entry>> load_all(std::string site, WallTime now);

  // A session that is there keeps the later of its two expiries.
  async::Task<Result<void>> add(async::Worker& home, std::string site, Entry entry) override;
  // Of all sites; returns how many were removed.
  async::Task<Result<std::uint64_t>> remove_expired(async::Worker& home, WallTime now);

 private:
  Writer& writer_;
};

}  // namespace gatehouse::store::sqlite
