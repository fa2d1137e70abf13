#include "gatehouse/channels/web/site_pages.hpp"

#include "gatehouse/base/id.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/http/problem.hpp"
#include "web_parts.hpp"

namespace gatehouse::channels {
namespace {

class Site final : public Handler {
 public:
  explicit Site(const SiteText& text) {
    JsonWriter json(body_);
    json.begin_object()
        .member("title", text.title)
        .member("welcome", text.welcome)
        .key("suggestions")
        .begin_array();
    for (const auto& suggestion : text.suggestions) json.string(suggestion);
    json.end_array()
        .member("responder", text.responder)
        .member("message_max_characters", std::uint64_t{text.message_max_characters})
        .member("conversation_days", std::uint64_t{text.conversation_days})
        .member("version", text.version)
        .end_object();
  }

  async::Task<void> handle(Request, http::ResponseWriter& writer) override {
    send_json(writer, 200, body_);
    co_return;
  }

 private:
  std::string body_;
};

class ReadDocument final : public Handler {
 public:
  explicit ReadDocument(knowledge::Documents& documents) : documents_(documents) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    const std::string request_id(request->request_id);
    std::string id(request->parameter);
    const Error unknown{.code = ErrorCode::kNotFound,
                        .client_message = "There is no such document."};
    if (!is_uuid(id)) co_return http::send_problem(writer, unknown, request_id);
    const auto document = co_await documents_.read(request->principal->site, std::move(id));
    if (!document) co_return http::send_problem(writer, document.error(), request_id);
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("id", document->info.id)
        .member("file", document->info.file)
        .member("title", document->info.title)
        .member("media_type", document->info.media_type)
        .member("text", document->text)
        .end_object();
    send_json(writer, 200, body);
  }

 private:
  knowledge::Documents& documents_;
};

}  // namespace

std::unique_ptr<Handler> make_site(const SiteText& text) { return std::make_unique<Site>(text); }
std::unique_ptr<Handler> make_read_document(knowledge::Documents& documents) {
  return std::make_unique<ReadDocument>(documents);
}

}  // namespace gatehouse::channels
