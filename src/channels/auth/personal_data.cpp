// All that is kept of a person: to take along, and to erase.
#include "auth_parts.hpp"
#include "gatehouse/async/hop.hpp"
#include "gatehouse/chat/conversation_json.hpp"
#include "openid_parts.hpp"

namespace gatehouse::channels {
namespace {

constexpr std::uint32_t kPage = 100;

// Writes one conversation after the other, so that it takes the memory of one.
class ExportAll final : public AuthHandler {
 public:
  explicit ExportAll(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto beginning = co_await about_account(visit);
    if (!beginning) co_return send_refusal(*parts_, writer, beginning.error(), visit);
    const auto recorded = co_await parts_->audit.append(
        parts_->worker, event_of(*parts_, visit, audit::action::kAccountExported));
    if (!recorded) co_return send_refusal(*parts_, writer, recorded.error(), visit);
    http::ResponseHead head;
    head.headers.add_lines("Content-Type: application/json\r\nCache-Control: no-store\r\n");
    head.headers.add("Content-Disposition", "attachment; filename=\"my-data.json\"");
    writer.start(head);
    writer.write(*beginning);
    const auto written = co_await write_conversations(writer, visit);
    // Half an export must not look like a whole one: without its end the connection is cut.
    if (!written) co_return;
    writer.write("]}");
    writer.finish();
  }

 private:
  // The object up to its list of conversations.
  async::Task<Result<std::string>> about_account(Visit visit) {
    const auto account =
        co_await parts_->accounts.find(parts_->worker, visit.principal.site, visit.principal.id);
    if (!account) co_return std::unexpected(account.error());
    if (!*account) co_return fail(ErrorCode::kUnauthenticated, "Sign in first.");
    const auto keys = co_await parts_->key_store.list(parts_->worker, visit.principal.site);
    if (!keys) co_return std::unexpected(keys.error());
    const auto families = co_await parts_->refresh_families.list(
        parts_->worker, {.id = visit.principal.id, .site = visit.principal.site});
    if (!families) co_return std::unexpected(families.error());
    const auto identities =
        co_await parts_->identities.list(parts_->worker, visit.principal.site, visit.principal.id);
    if (!identities) co_return std::unexpected(identities.error());
    std::string text;
    JsonWriter json(text);
    json.begin_object().key("account").begin_object();
    json.member("id", (**account).id)
        .member("name", (**account).name)
        .member("role", identity::name_of((**account).role))
        .member("created_at", to_rfc3339((**account).created_at))
        .member("password_changed_at", to_rfc3339((**account).password_changed_at))
        .end_object();
    json.key("sessions").begin_array();
    for (const auto& session : parts_->sessions.of_account(visit.principal.id))
      append_session_members(json, *parts_, session).end_object();
    json.end_array().key("tokens").begin_array();
    for (const auto& family : *families) append_tokens_members(json, *parts_, family).end_object();
    json.end_array().key("identities").begin_array();
    for (const auto& each : *identities)
      append_identity_members(json, each)
          .member("issuer", each.issuer)
          .member("subject", each.subject)
          .end_object();
    json.end_array().key("keys").begin_array();
    for (const auto& key : *keys) {
      if (key.account_id == visit.principal.id) append_key_members(json, key).end_object();
    }
    json.end_array().key("conversations").begin_array();
    co_return text;
  }

  async::Task<Result<void>> write_conversations(http::ResponseWriter& writer, Visit visit) {
    const chat::Owner owner = chat::owner_of(visit.principal);
    bool is_first = true;
    for (std::string after;;) {
      const auto page = co_await parts_->conversations.list(parts_->worker, owner, after, kPage);
      if (!page) co_return std::unexpected(page.error());
      for (const auto& summary : page->conversations) {
        const auto whole = co_await parts_->conversations.read(parts_->worker, owner, summary.id);
        if (!whole && whole.error().code == ErrorCode::kNotFound) continue;  // removed meanwhile
        if (!whole) co_return std::unexpected(whole.error());
        std::string text = is_first ? "" : ",";
        is_first = false;
        chat::append_conversation_json(text, *whole, std::nullopt);
        writer.write(text);
        auto flushed = co_await writer.flush();
        if (!flushed) co_return flushed;
      }
      if (page->next.empty()) co_return Result<void>();
      after = page->next;
    }
  }

  SharedAuthParts parts_;
};

struct RemoveConversation {
  chat::ChatService* service;
  chat::Owner owner;
  std::string id;
  async::Task<Result<void>> operator()() { return service->remove(owner, id); }
};

// The conversations first and the account last: what breaks off in between can be begun again.
class Erase final : public AuthHandler {
 public:
  explicit Erase(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto given = read_strings(request->body, {"current_password"}, {"code"});
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    Proof proof{
        .password = std::move((*given)[0]), .code = std::move((*given)[1]), .asks_code = true};
    auto account = co_await prove_again(parts_, visit, std::move(proof));
    if (!account) co_return send_refusal(*parts_, writer, account.error(), visit);
    const auto erased = co_await erase(std::move(*account), visit);
    if (!erased) co_return send_refusal(*parts_, writer, erased.error(), visit);
    http::ResponseHead head;
    head.status = 204;
    head.headers.add_lines("Cache-Control: no-store\r\n");
    head.headers.add("Set-Cookie", cookie_line(parts_->settings, "", 0));
    writer.send(head, {});
  }

 private:
  async::Task<Result<void>> erase(identity::Account account, Visit visit) {
    const auto keys = co_await parts_->key_store.list(parts_->worker, visit.principal.site);
    if (!keys) co_return std::unexpected(keys.error());
    const auto removed = co_await remove_conversations(chat::owner_of(visit.principal));
    if (!removed) co_return removed;
    // The receipt names the account by its number, which says nothing of the person any more.
    audit::Event event = event_of(*parts_, visit, audit::action::kAccountErased);
    event.client.clear();
    const std::string id = account.id;
    const identity::Account gone{.id = id, .epoch = account.epoch + 1};
    auto erased =
        co_await parts_->accounts.erase(parts_->worker, std::move(account), std::move(event));
    if (!erased) co_return erased;
    end_sessions_of(*parts_, gone);
    for (const auto& key : *keys) {
      if (key.account_id == id) parts_->keys.remove(key.id);
    }
    co_return erased;
  }

  async::Task<Result<void>> remove_conversations(chat::Owner owner) {
    while (true) {
      const auto page = co_await parts_->conversations.list(parts_->worker, owner, {}, kPage);
      if (!page) co_return std::unexpected(page.error());
      if (page->conversations.empty()) co_return Result<void>();
      for (const auto& summary : page->conversations) {
        auto& service = parts_->directory.of(summary.id);
        const auto removed = co_await async::on_worker<Result<void>>(
            service.tasks(), parts_->worker, RemoveConversation{&service, owner, summary.id});
        if (!removed && removed.error().code != ErrorCode::kNotFound) co_return removed;
      }
    }
  }

  SharedAuthParts parts_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_export_all(SharedAuthParts parts) {
  return std::make_unique<ExportAll>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_erase(SharedAuthParts parts) {
  return std::make_unique<Erase>(std::move(parts));
}

}  // namespace gatehouse::channels
