#include "gatehouse/store/sqlite/audit_log.hpp"

#include "audit_records.hpp"

namespace gatehouse::store::sqlite {

async::Task<Result<void>> AuditLog::append(async::Worker& home, audit::Event event) {
  auto run = [event = std::move(event)](Connection& connection) -> Result<void> {
    append_audit(connection, event);
    return {};
  };
  co_return co_await writer_.write(home, std::move(run));
}

}  // namespace gatehouse::store::sqlite
