// The audit log in SQLite.
#pragma once

#include "gatehouse/audit/log.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// The writer must be of a file that open_store_file() gave, and outlive this.
class AuditLog final : public audit::Log {
 public:
  explicit AuditLog(Writer& writer) : writer_(writer) {}

  async::Task<Result<void>> append(async::Worker& home, audit::Event event) override;

 private:
  Writer& writer_;
};

}  // namespace gatehouse::store::sqlite
