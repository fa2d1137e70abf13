#include "audit_records.hpp"

#include "blobs.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::store::sqlite {
namespace {

// At a character's border; what isn't UTF-8 ends where it stops being that.
void cut(std::string& field) {
  std::string_view kept = std::string_view(field).substr(0, audit::Event::kMaxFieldBytes);
  field.resize(scan_utf8(kept).bytes);
}

audit::Record next_record(Connection& connection, const audit::Event& event) {
  audit::Record record{.sequence = 1, .event = event};
  for (std::string* field : {&record.event.actor, &record.event.subject, &record.event.client,
                             &record.event.request_id, &record.event.detail})
    cut(*field);
  // Where all records were old and are removed, the chain goes on from their checkpoint.
  auto& last = connection.prepared(
      "SELECT sequence, digest FROM (SELECT * FROM (SELECT sequence, digest FROM audit"
      " WHERE site = ?1 ORDER BY sequence DESC LIMIT 1) UNION ALL"
      " SELECT * FROM (SELECT sequence, digest FROM audit_checkpoints"
      " WHERE site = ?1 ORDER BY sequence DESC LIMIT 1)) ORDER BY sequence DESC LIMIT 1");
  with_values(last, event.site);
  if (last.executeStep()) {
    record.sequence = static_cast<std::uint64_t>(last.getColumn(0).getInt64()) + 1;
    record.previous = digest_in(last.getColumn(1));
  }
  return record;
}

}  // namespace

void append_audit(Connection& connection, const audit::Event& event) {
  const audit::Record record = next_record(connection, event);
  const audit::Event& kept = record.event;
  auto& row = connection.prepared(
      "INSERT INTO audit (site, sequence, at, action, actor, subject, client, request_id, outcome,"
      " detail, previous, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
  with_values(row, kept.site, static_cast<std::int64_t>(record.sequence), unix_ms(kept.at),
              kept.action, kept.actor, kept.subject, kept.client, kept.request_id,
              std::string(audit::name_of(kept.outcome)), kept.detail);
  bind_digest(row, 11, record.previous);
  bind_digest(row, 12, audit::digest_of(record));
  row.exec();
}

}  // namespace gatehouse::store::sqlite
