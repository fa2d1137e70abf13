#include "gatehouse/http/json_response.hpp"

namespace gatehouse::http {

void send_json(ResponseWriter& writer, std::uint16_t status, std::string_view body) {
  ResponseHead head;
  head.status = status;
  head.headers.add_lines("Content-Type: application/json\r\nCache-Control: no-store\r\n");
  writer.send(head, body);
}

void send_empty(ResponseWriter& writer, std::uint16_t status) {
  ResponseHead head;
  head.status = status;
  head.headers.add_lines("Cache-Control: no-store\r\n");
  writer.send(head, {});
}

}  // namespace gatehouse::http
