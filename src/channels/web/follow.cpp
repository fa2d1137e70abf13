// GET /api/v1/conversations/{id}/events.
#include "event_stream.hpp"
#include "gatehouse/codec/query.hpp"
#include "gatehouse/http/problem.hpp"
#include "web_parts.hpp"

namespace gatehouse::channels {
namespace {

// EventSource sends the header on its own when it reconnects, and can't on its first request.
Result<std::optional<chat::StreamPosition>> position_of(const http::Request& request) {
  auto text = request.head.get(codec::HeaderId::kLastEventId);
  if (text.empty()) text = codec::query_value(request.head.query(), "last_event_id");
  if (text.empty()) return std::nullopt;
  auto position = chat::StreamPosition::parse(text);
  if (!position) return std::unexpected(position.error());
  return std::move(*position);
}

class Follow final : public Handler {
 public:
  explicit Follow(SharedParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    const std::string request_id(request->request_id);
    if (request->head.method == codec::Method::kHead) co_return send_empty(writer, 200);
    const chat::Owner owner = owner_of(*request->principal);
    const auto id = conversation_id_of(request->parameter);
    if (!id) co_return http::send_problem(writer, id.error(), request_id);
    const auto after = position_of(*request);
    if (!after) co_return http::send_problem(writer, after.error(), request_id);
    const auto open = parts_->guards.take_place(
        guard::Places::Kind::kStream,
        {.request_id = request_id, .client = request->client, .principal = request->principal});
    if (!open) co_return http::send_problem(writer, open.error().as_error(), request_id);
    const auto subscription =
        std::make_shared<chat::Subscription>(parts_->worker, parts_->settings.stream_queue_bytes);
    const Principal principal = *request->principal;
    const auto joined = co_await parts_->reception.follow(owner, *id, *after, subscription);
    if (!joined) co_return http::send_problem(writer, joined.error(), request_id);
    EventStream stream(*parts_, writer, subscription, principal);
    co_await stream.run(EventStream::Until::kClosed);
    parts_->reception.leave(*id, subscription);
  }

 private:
  SharedParts parts_;
};

}  // namespace

std::unique_ptr<Handler> make_follow(SharedParts parts) {
  return std::make_unique<Follow>(std::move(parts));
}

}  // namespace gatehouse::channels
