#include "gatehouse/channels/websocket/websocket_channel.hpp"

#include <exception>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/http/json_response.hpp"
#include "gatehouse/http/problem.hpp"
#include "socket.hpp"

namespace gatehouse::channels {
namespace {

using Request = guard::Admitted<http::Request>;
using SharedSocketParts = std::shared_ptr<const WebSocketParts>;
using codec::HeaderId;

class Connect final : public WebSocketHandler {
 public:
  explicit Connect(SharedSocketParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    const auto handshake =
        codec::read_websocket_handshake(request->head, parts_->settings.deflates);
    if (!handshake) co_return refuse(handshake.error(), *request, writer);
    SocketOpening opening = opening_of(*request);
    const auto open =
        parts_->guards.take_place(guard::Places::Kind::kStream, {.request_id = opening.request_id,
                                                                 .client = opening.client,
                                                                 .principal = &opening.principal});
    if (!open) co_return http::send_problem(writer, open.error().as_error(), opening.request_id);
    http::ResponseHead head;
    head.status = 101;
    head.headers.add("Upgrade", "websocket");
    head.headers.add("Sec-WebSocket-Accept", handshake->accept);
    if (handshake->deflate)
      head.headers.add("Sec-WebSocket-Extensions", handshake->deflate->answer);
    auto upgraded = co_await request->upgrade->accept(head);
    if (!upgraded) co_return;
    const std::string request_id = opening.request_id;
    Socket socket(*parts_, json_, std::move(opening), handshake->deflate, std::move(*upgraded));
    try {
      co_await socket.run(writer.draining());
    } catch (const std::exception& exception) {
      // A bug or no memory: this socket pays, no other.
      parts_->counters.add(telemetry::Counter::kTasksFailed);
      parts_->log.error("HANDLER_FAILED", exception.what(), {{"request_id", request_id}});
      socket.break_off();
    }
  }

 private:
  static SocketOpening opening_of(const http::Request& request) {
    return {.request_id = std::string(request.request_id),
            .client = request.client,
            .principal = *request.principal,
            .path = std::string(request.head.path()),
            .host = std::string(request.head.host()),
            .origin = std::string(request.head.get(HeaderId::kOrigin)),
            .user_agent = std::string(request.head.get(HeaderId::kUserAgent)),
            .languages = std::string(request.head.get(HeaderId::kAcceptLanguage)),
            .is_secure = request.is_secure};
  }

  void refuse(const codec::HeadFault& fault, const http::Request& request,
              http::ResponseWriter& writer) const {
    const Error error{.code = ErrorCode::kInvalid, .client_message = std::string(fault.reason)};
    parts_->guards.note_invalid(error, request.request_id);
    http::ResponseHead head;
    head.status = fault.status;
    head.headers.add("Content-Type", "application/problem+json");
    if (fault.status == 426) {
      head.headers.add("Upgrade", "websocket");
      head.headers.add("Sec-WebSocket-Version", "13");
    }
    writer.send(head, http::problem_json(error, request.request_id, fault.status));
  }

  SharedSocketParts parts_;
  codec::JsonReader json_{{.depth = chat::kMessageRequestDepth}};
};

class IssueTicket final : public WebSocketHandler {
 public:
  explicit IssueTicket(SharedSocketParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    const auto ticket =
        parts_->tickets.issue(*request->principal, request->head.get(HeaderId::kOrigin));
    if (!ticket) co_return http::send_problem(writer, ticket.error(), request->request_id);
    const auto expires_at =
        parts_->worker.clock().wall() +
        std::chrono::duration_cast<std::chrono::milliseconds>(identity::SocketTickets::kLifetime);
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("ticket", *ticket)
        .member("expires_at", to_rfc3339(expires_at))
        .end_object();
    http::send_json(writer, 201, body);
  }

 private:
  SharedSocketParts parts_;
};

}  // namespace

WebSocketHandlers make_websocket_handlers(std::shared_ptr<const WebSocketParts> parts) {
  return {.connect = std::make_unique<Connect>(parts),
          .issue_ticket = std::make_unique<IssueTicket>(parts)};
}

}  // namespace gatehouse::channels
