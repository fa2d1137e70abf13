#include "gatehouse/store/sqlite/second_factors.hpp"

#include <utility>

#include "account_rows.hpp"
#include "audit_records.hpp"
#include "blobs.hpp"

namespace gatehouse::store::sqlite {
namespace {

using identity::FactorOwner;
using identity::SecondFactor;

std::optional<SecondFactor> select(Connection& connection, const FactorOwner& owner) {
  auto& row = connection.prepared(
      "SELECT sealed_key, is_confirmed, last_step, (SELECT COUNT(*) FROM recovery_codes r"
      " WHERE r.site = f.site AND r.account = f.account) FROM second_factors f"
      " WHERE site = ?1 AND account = ?2");
  if (!with_values(row, owner.site, owner.account_id).executeStep()) return std::nullopt;
  return SecondFactor{.sealed_key = blob_in(row.getColumn(0)),
                      .is_confirmed = row.getColumn(1).getInt() != 0,
                      .last_step = static_cast<std::uint64_t>(row.getColumn(2).getInt64()),
                      .recovery_codes = row.getColumn(3).getUInt()};
}

void remove_codes(Connection& connection, const FactorOwner& owner) {
  auto& rows = connection.prepared("DELETE FROM recovery_codes WHERE site = ?1 AND account = ?2");
  with_values(rows, owner.site, owner.account_id).exec();
}

void insert_code(Connection& connection, const FactorOwner& owner, const crypto::Digest& code) {
  auto& row = connection.prepared(
      "INSERT INTO recovery_codes (site, account, code_hash) VALUES (?1, ?2, ?3)");
  with_values(row, owner.site, owner.account_id);
  bind_digest(row, 3, code);
  row.exec();
}

}  // namespace

async::Task<Result<std::optional<SecondFactor>>> SecondFactors::find(async::Worker& home,
                                                                     Owner owner) {
  auto run = [owner =
                  std::move(owner)](Connection& connection) -> Result<std::optional<SecondFactor>> {
    return select(connection, owner);
  };
  co_return co_await readers_.read(home, std::move(run));
}

async::Task<Result<void>> SecondFactors::begin(async::Worker& home, Owner owner,
                                               std::string sealed_key) {
  auto run = [owner = std::move(owner),
              sealed_key = std::move(sealed_key)](Connection& connection) -> Result<void> {
    const auto known = select(connection, owner);
    if (known && known->is_confirmed)
      return fail(ErrorCode::kConflict, "There is a second factor. Remove it first.");
    auto& row = connection.prepared(
        "INSERT OR REPLACE INTO second_factors (site, account, sealed_key, is_confirmed, last_step)"
        " VALUES (?1, ?2, ?3, 0, 0)");
    with_values(row, owner.site, owner.account_id);
    bind_blob(row, 3, sealed_key);
    row.exec();
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> SecondFactors::confirm(async::Worker& home, Owner owner,
                                                 std::uint64_t step,
                                                 std::vector<crypto::Digest> recovery_codes,
                                                 audit::Event event) {
  auto run = [owner = std::move(owner), step, recovery_codes = std::move(recovery_codes),
              event = std::move(event)](Connection& connection) -> Result<void> {
    auto& row = connection.prepared(
        "UPDATE second_factors SET is_confirmed = 1, last_step = ?3"
        " WHERE site = ?1 AND account = ?2 AND NOT is_confirmed");
    with_values(row, owner.site, owner.account_id, static_cast<std::int64_t>(step));
    if (row.exec() == 0) return fail(ErrorCode::kConflict, "Begin with a new second factor first.");
    remove_codes(connection, owner);
    for (const auto& code : recovery_codes) insert_code(connection, owner, code);
    end_sessions_of(connection, owner.site, owner.account_id);
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<bool>> SecondFactors::use_step(async::Worker& home, Owner owner,
                                                  std::uint64_t step) {
  auto run = [owner = std::move(owner), step](Connection& connection) -> Result<bool> {
    auto& row = connection.prepared(
        "UPDATE second_factors SET last_step = ?3"
        " WHERE site = ?1 AND account = ?2 AND is_confirmed AND last_step < ?3");
    with_values(row, owner.site, owner.account_id, static_cast<std::int64_t>(step));
    return row.exec() > 0;
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<bool>> SecondFactors::use_recovery_code(async::Worker& home, Owner owner,
                                                           crypto::Digest code,
                                                           audit::Event event) {
  auto run = [owner = std::move(owner), code,
              event = std::move(event)](Connection& connection) -> Result<bool> {
    auto& row = connection.prepared(
        "DELETE FROM recovery_codes WHERE site = ?1 AND account = ?2 AND code_hash = ?3");
    with_values(row, owner.site, owner.account_id);
    bind_digest(row, 3, code);
    if (row.exec() == 0) return false;
    append_audit(connection, event);
    return true;
  };
  co_return co_await writer_.write(home, std::move(run));
}

async::Task<Result<void>> SecondFactors::remove(async::Worker& home, Owner owner,
                                                audit::Event event) {
  auto run = [owner = std::move(owner),
              event = std::move(event)](Connection& connection) -> Result<void> {
    auto& row = connection.prepared("DELETE FROM second_factors WHERE site = ?1 AND account = ?2");
    if (with_values(row, owner.site, owner.account_id).exec() == 0)
      return fail(ErrorCode::kNotFound, "There is no second factor.");
    remove_codes(connection, owner);
    end_sessions_of(connection, owner.site, owner.account_id);
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

}  // namespace gatehouse::store::sqlite
