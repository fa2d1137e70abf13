#include "gatehouse/chat/reception.hpp"

#include "gatehouse/async/hop.hpp"
#include "gatehouse/base/id.hpp"
#include "gatehouse/chat/token_meter.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::chat {
namespace {

// What crosses over to the conversation's worker: each owns everything.
struct SendCommand {
  ChatService* service;
  IncomingMessage message;
  std::string new_id;
  std::shared_ptr<Subscription> subscription;

  async::Task<Result<Accepted>> operator()() {
    return service->send(std::move(message), std::move(new_id), std::move(subscription));
  }
};

struct FollowCommand {
  ChatService* service;
  Owner owner;
  std::string id;
  std::optional<StreamPosition> after;
  std::shared_ptr<Subscription> subscription;

  async::Task<Result<void>> operator()() {
    return service->follow(std::move(owner), std::move(id), std::move(after),
                           std::move(subscription));
  }
};

// One thing that is done to a conversation.
struct Command {
  using Action = async::Task<Result<void>> (ChatService::*)(Owner, std::string);
  ChatService* service;
  Action action;
  Owner owner;
  std::string id;

  async::Task<Result<void>> operator()() {
    return (service->*action)(std::move(owner), std::move(id));
  }
};

}  // namespace

Result<IncomingMessage> Reception::admit(MessageRequest request, const guard::Caller& caller,
                                         std::string_view channel, std::string_view languages,
                                         std::string& limit_lines) {
  const auto& policy = parts_.policy.get();
  const guard::MessageView view{.text = request.message,
                                .max_characters = policy.message_max_characters,
                                .sender = caller.principal->id,
                                .website = request.website};
  const auto receipt = parts_.guards.check_message(view, policy, caller);
  if (!receipt) return std::unexpected(receipt.error().as_error());
  auto answer = parts_.guards.take_place(guard::Places::Kind::kAnswer, caller);
  if (!answer) return std::unexpected(answer.error().as_error());
  IncomingMessage message{.owner = owner_of(*caller.principal),
                          .asker = asker_of(*caller.principal, channel, languages),
                          .conversation_id = std::move(request.conversation_id),
                          .message_id = std::move(request.message_id),
                          .text = std::move(request.message),
                          .tags = std::move(request.tags),
                          .metadata_json = std::move(request.metadata_json),
                          .request_id = std::string(caller.request_id),
                          .place = std::move(*answer),
                          .budget = {}};
  auto budget = reserve_budget(message, caller, limit_lines);
  if (!budget) return std::unexpected(budget.error());
  message.budget = std::move(*budget);
  return message;
}

// The earlier messages of the conversation are counted when the answer begins.
Result<guard::BudgetReservation> Reception::reserve_budget(const IncomingMessage& message,
                                                           const guard::Caller& caller,
                                                           std::string& limit_lines) {
  std::vector<std::string> models;
  if (parts_.guards.has_money_budget(*caller.principal)) {
    Prompt prompt;
    prompt.asker = message.asker;
    prompt.messages.push_back({Role::kUser, message.text});
    models = parts_.responder.models_for(prompt);
  }
  auto budget = parts_.guards.reserve_budget(
      {.prompt = tokens_of_bytes(message.text.size()), .prompt_field = "message", .models = models},
      caller, parts_.policy.get(), limit_lines);
  if (!budget) return std::unexpected(budget.error().as_error());
  return std::move(*budget);
}

// A client that has named its message may send it again without knowing the conversation that it
// began: the same message of the same owner leads to the same conversation, on the same worker.
std::string Reception::conversation_of(const IncomingMessage& message) const {
  if (!message.conversation_id.empty()) return message.conversation_id;
  if (message.message_id.empty()) return make_uuid_v7(parts_.worker.clock().wall(), parts_.random);
  const auto digest = crypto::sha256(message.owner.site + '\0' + message.owner.principal + '\0' +
                                     message.message_id);
  return make_uuid_v8(crypto::as_text(digest).substr(0, 16));
}

async::Task<Result<Accepted>> Reception::send(IncomingMessage message, std::string id,
                                              std::shared_ptr<Subscription> subscription) {
  auto& service = parts_.directory.of(id);
  co_return co_await async::on_worker<Result<Accepted>>(
      service.tasks(), parts_.worker,
      SendCommand{&service, std::move(message), std::move(id), std::move(subscription)});
}

async::Task<Result<void>> Reception::follow(Owner owner, std::string id,
                                            std::optional<StreamPosition> after,
                                            std::shared_ptr<Subscription> subscription) {
  auto& service = parts_.directory.of(id);
  co_return co_await async::on_worker<Result<void>>(
      service.tasks(), parts_.worker,
      FollowCommand{&service, std::move(owner), std::move(id), std::move(after),
                    std::move(subscription)});
}

async::Task<Result<void>> Reception::stop(Owner owner, std::string id) {
  auto& service = parts_.directory.of(id);
  co_return co_await async::on_worker<Result<void>>(
      service.tasks(), parts_.worker,
      Command{&service, &ChatService::stop, std::move(owner), std::move(id)});
}

async::Task<Result<void>> Reception::remove(Owner owner, std::string id) {
  auto& service = parts_.directory.of(id);
  co_return co_await async::on_worker<Result<void>>(
      service.tasks(), parts_.worker,
      Command{&service, &ChatService::remove, std::move(owner), std::move(id)});
}

void Reception::leave(const std::string& id, std::shared_ptr<Subscription> subscription) {
  auto& service = parts_.directory.of(id);
  service.worker().post(
      [&service, id, moved = std::move(subscription)] { service.leave(id, moved); });
}

}  // namespace gatehouse::chat
