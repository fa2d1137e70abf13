// Keys of programs, as the people see them whose they are. Operators alone make them: a key talks
// to the backends without a person.
#include <array>

#include "auth_parts.hpp"
#include "gatehouse/base/money.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::channels {
namespace {

using codec::JsonValue;
using identity::ApiKeyRecord;

constexpr std::uint64_t kMaxRequestsPerMinute = 16'777'215;
constexpr std::uint64_t kMaxTokensPerDay = 1'099'511'627'776;
constexpr std::uint64_t kMaxDays = 3650;

bool is_of(const ApiKeyRecord& key, const Principal& principal) {
  return key.account_id == principal.id;
}

class ListKeys final : public AuthHandler {
 public:
  explicit ListKeys(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const auto keys = co_await parts_->key_store.list(parts_->worker, visit.principal.site);
    if (!keys) co_return send_refusal(*parts_, writer, keys.error(), visit);
    std::string body;
    JsonWriter json(body);
    json.begin_object().key("keys").begin_array();
    for (const auto& key : *keys) {
      if (is_of(key, visit.principal)) append_key_members(json, key).end_object();
    }
    json.end_array().end_object();
    http::send_json(writer, 200, body);
  }

 private:
  SharedAuthParts parts_;
};

// A number of `object`, 0 where there is none.
Result<std::uint64_t> read_number(const JsonValue& object, std::string_view name,
                                  std::uint64_t most) {
  const JsonValue value = object[name];
  if (!value.is_given()) return 0;
  const auto number = value.natural();
  if (number && *number > 0 && *number <= most) return *number;
  return fail_field(std::string(name),
                    std::string(name) + " is a number from 1 to " + std::to_string(most) + ".");
}

// A text, since a number of JSON has no last digit. 0 where there is none.
Result<std::uint64_t> read_money(const JsonValue& object, std::string_view name) {
  const JsonValue value = object[name];
  if (!value.is_given()) return 0;
  const auto text = value.string();
  const auto micros = text ? parse_money(*text) : std::nullopt;
  if (micros && *micros > 0) return *micros;
  return fail_field(std::string(name),
                    std::string(name) + " is a text with digits and a point, like \"2.50\".");
}

Result<ApiKeyRecord> read_wanted(std::string_view body, WallTime now) {
  static constexpr std::array<std::string_view, 6> kMembers = {
      "name", "scopes", "days", "requests_per_minute", "tokens_per_day", "money_per_day"};
  codec::JsonReader reader({.depth = 2});
  const auto object = reader.read(body);
  if (!object) return std::unexpected(object.error());
  if (!object->is_object()) return fail(ErrorCode::kInvalid, "The body must be a JSON object.");
  if (auto known = codec::check_members(*object, kMembers); !known)
    return std::unexpected(known.error());
  auto name = identity::read_key_name((*object)["name"].string_or_empty());
  if (!name) return std::unexpected(name.error());
  const auto scopes = identity::scopes_of((*object)["scopes"].string().value_or("ai"));
  if (!scopes) return fail_field("scopes", "scopes are ai, metrics, or both with a comma.");
  const auto days = read_number(*object, "days", kMaxDays);
  if (!days) return std::unexpected(days.error());
  const auto requests = read_number(*object, "requests_per_minute", kMaxRequestsPerMinute);
  if (!requests) return std::unexpected(requests.error());
  const auto tokens = read_number(*object, "tokens_per_day", kMaxTokensPerDay);
  if (!tokens) return std::unexpected(tokens.error());
  const auto money = read_money(*object, "money_per_day");
  if (!money) return std::unexpected(money.error());
  ApiKeyRecord wanted{.name = std::move(*name),
                      .scopes = *scopes,
                      .requests_per_minute = static_cast<std::uint32_t>(*requests),
                      .tokens_per_day = *tokens,
                      .money_micros_per_day = *money};
  if (*days > 0) wanted.expires_at = now + std::chrono::days(*days);
  return wanted;
}

class AddKey final : public AuthHandler {
 public:
  explicit AddKey(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const WallTime now = parts_->worker.clock().wall();
    if (visit.principal.role != Role::kOperator) {
      const Error error{.code = ErrorCode::kForbidden,
                        .client_message = "Only operators make keys.",
                        .log_message = "a key asked for by no operator"};
      co_return send_refusal(*parts_, writer, error, visit);
    }
    auto wanted = read_wanted(request->body, now);
    if (!wanted) co_return send_refusal(*parts_, writer, wanted.error(), visit);
    wanted->site = visit.principal.site;
    wanted->account_id = visit.principal.id;
    const auto issued = identity::issue_api_key(std::move(*wanted), now, parts_->random);
    audit::Event event = event_of(*parts_, visit, audit::action::kKeyAdded);
    event.subject = "key:" + issued.record.id;
    event.detail = identity::names_of(issued.record.scopes);
    const auto kept =
        co_await parts_->key_store.add(parts_->worker, issued.record, std::move(event));
    if (!kept) co_return send_refusal(*parts_, writer, kept.error(), visit);
    parts_->keys.add(issued.record);
    std::string body;
    JsonWriter json(body);
    append_key_members(json, issued.record).member("key", issued.key.reveal()).end_object();
    http::send_json(writer, 201, body);
  }

 private:
  SharedAuthParts parts_;
};

class RemoveKey final : public AuthHandler {
 public:
  explicit RemoveKey(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const std::string id(request->parameter);
    const auto removed = co_await remove(id, visit);
    if (!removed) co_return send_refusal(*parts_, writer, removed.error(), visit);
    http::send_empty(writer, 204);
  }

 private:
  async::Task<Result<void>> remove(std::string id, Visit visit) {
    const auto keys = co_await parts_->key_store.list(parts_->worker, visit.principal.site);
    if (!keys) co_return std::unexpected(keys.error());
    const auto found = std::ranges::find(*keys, id, &ApiKeyRecord::id);
    if (found == keys->end() || !is_of(*found, visit.principal))
      co_return fail(ErrorCode::kNotFound, "There is no such key.");
    audit::Event event = event_of(*parts_, visit, audit::action::kKeyRevoked);
    event.subject = "key:" + id;
    parts_->keys.remove(id);  // refused at once, and on disk before the person hears of it
    co_return co_await parts_->key_store.remove(parts_->worker, visit.principal.site, std::move(id),
                                                std::move(event));
  }

  SharedAuthParts parts_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_list_keys(SharedAuthParts parts) {
  return std::make_unique<ListKeys>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_add_key(SharedAuthParts parts) {
  return std::make_unique<AddKey>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_remove_key(SharedAuthParts parts) {
  return std::make_unique<RemoveKey>(std::move(parts));
}

}  // namespace gatehouse::channels
