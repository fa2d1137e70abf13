// The audit log in SQLite: written within the transaction of what it records.
#pragma once

#include "gatehouse/audit/event.hpp"
#include "gatehouse/store/sqlite/connection.hpp"

namespace gatehouse::store::sqlite {

// Puts the event behind the last of its site, as part of the transaction that runs: what it records
// and the record are kept together, or neither is. May throw what SQLite throws.
void append_audit(Connection& connection, const audit::Event& event);

}  // namespace gatehouse::store::sqlite
