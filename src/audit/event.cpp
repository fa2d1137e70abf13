#include "gatehouse/audit/event.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::audit {

std::string_view name_of(Outcome outcome) { return outcome == Outcome::kDone ? "done" : "refused"; }

std::string line_of(const Record& record) {
  const Event& event = record.event;
  std::string line;
  JsonWriter(line)
      .begin_object()
      .member("sequence", record.sequence)
      .member("at", to_rfc3339(event.at))
      .member("site", event.site)
      .member("action", event.action)
      .member("actor", event.actor)
      .member("subject", event.subject)
      .member("client", event.client)
      .member("request_id", event.request_id)
      .member("outcome", name_of(event.outcome))
      .member("detail", event.detail)
      .member("previous", to_hex(crypto::as_text(record.previous)))
      .end_object();
  return line;
}

crypto::Digest digest_of(const Record& record) { return crypto::sha256(line_of(record)); }

}  // namespace gatehouse::audit
