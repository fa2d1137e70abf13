#include "answering.hpp"

#include <algorithm>

#include "gatehouse/async/hop.hpp"
#include "gatehouse/async/task_group.hpp"
#include "gatehouse/base/id.hpp"
#include "gatehouse/chat/token_meter.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "line_text.hpp"

namespace gatehouse::channels::line {
namespace {

using chat::Accepted;

constexpr std::string_view kChannel = "line";
constexpr std::string_view kButton = "answer:";
// How long before its end a reply token is spent on a button.
constexpr Duration kButtonAhead = std::chrono::seconds(5);
constexpr std::uint32_t kBusyMs = 2000;

std::string uuid_of(const std::string& name) {
  return make_uuid_v8(crypto::as_text(crypto::sha256(name)).substr(0, 16));
}

std::unexpected<Error> ask_again_later(std::string why) {
  Error error{.code = ErrorCode::kUnavailable,
              .client_message = "This is answered in a moment.",
              .log_message = std::move(why)};
  error.retry_after_ms = kBusyMs;
  return std::unexpected(std::move(error));
}

// What crosses over to the conversation's worker: it owns everything.
struct SendCommand {
  chat::ChatService* service;
  chat::IncomingMessage message;
  std::string new_id;
  std::shared_ptr<chat::Subscription> subscription;

  async::Task<Result<Accepted>> operator()() {
    return service->send(std::move(message), std::move(new_id), std::move(subscription));
  }
};

struct RemoveCommand {
  chat::ChatService* service;
  chat::Owner owner;
  std::string id;

  async::Task<Result<void>> operator()() {
    return service->remove(std::move(owner), std::move(id));
  }
};

// LINE lets a token live anew with each delivery.
WallTime token_end(const Event& event, const jobs::Job& job, Duration life) {
  const WallTime from = event.is_redelivery ? job.created_at : event.at;
  return from + std::chrono::duration_cast<std::chrono::milliseconds>(life);
}

}  // namespace

std::string conversation_id_of(std::string_view site, std::string_view chat_id) {
  return uuid_of("line-chat\n" + std::string(site) + '\n' + std::string(chat_id));
}

std::string message_id_of(std::string_view message_id) {
  return uuid_of("line-message\n" + std::string(message_id));
}

Principal principal_of(std::string_view site, std::string_view id) {
  return {.kind = Principal::Kind::kChannelUser,
          .id = std::string(kChannel) + ":" + std::string(id),
          .site = std::string(site)};
}

std::string button_data(std::string_view message_id) {
  return std::string(kButton).append(message_id);
}

std::string_view message_of_button(std::string_view data) {
  if (!data.starts_with(kButton)) return {};
  data.remove_prefix(kButton.size());
  return is_uuid(data) ? data : std::string_view();
}

Answering::Answering(const LineJobParts& parts, LineApi& api, jobs::JobContext& context,
                     const Event& event)
    : parts_(parts),
      api_(api),
      context_(context),
      event_(event),
      asker_(
          principal_of(parts.settings.site, event.user_id.empty() ? event.chat_id : event.user_id)),
      owner_{.site = parts.settings.site,
             .principal = principal_of(parts.settings.site, event.chat_id).owner()},
      conversation_id_(conversation_id_of(parts.settings.site, event.chat_id)),
      message_id_(message_id_of(event.message_id)),
      language_(language_of(event.text)),
      caller_{.request_id = context.job().id, .client = {}, .principal = &asker_},
      token_until_(token_end(event, context.job(), parts.settings.reply_token_life)) {}

std::string Answering::refusal() {
  const auto& policy = parts_.policy.get();
  // What is asked again after a crash is no repetition of its sender's.
  const bool is_first = context_.job().fence == 1;
  const guard::MessageView view{.text = event_.text,
                                .max_characters = policy.message_max_characters,
                                .sender = is_first ? asker_.id : std::string_view()};
  const auto receipt = parts_.guards.check_message(view, policy, caller_);
  return receipt ? std::string() : std::string(receipt.error().reason);
}

async::Task<Result<void>> Answering::answer() {
  const std::string& text = event_.text;
  if (context_.job().fence > 1) {
    const auto removed = co_await remove_broken_answer();
    if (!removed) co_return removed;
  }
  async::Cancellation stop;
  async::TaskGroup beside(parts_.worker, parts_.on_exception);
  beside.spawn("line presence", show_presence(stop));
  const auto was_asked = co_await think(text);
  stop.cancel();
  co_await beside.join();
  if (!was_asked) co_return std::unexpected(was_asked.error());
  if (!*was_asked) co_return co_await say(failure_);
  co_return co_await say_reply();
}

async::Task<Result<bool>> Answering::think(const std::string& text) {
  const auto subscription = std::make_shared<chat::Subscription>(
      parts_.worker, parts_.settings.reply_queue_bytes, chat::Subscription::Wants::kEndOnly);
  auto accepted = co_await send(text, false, subscription);
  if (!accepted && accepted.error().code == ErrorCode::kNotFound)
    accepted = co_await send(text, true, subscription);
  if (!accepted) {
    Error& error = accepted.error();
    if (error.code == ErrorCode::kConflict)
      co_return ask_again_later("the chat's last message is still being answered");
    if (error.code != ErrorCode::kRateLimited) co_return std::unexpected(std::move(error));
    failure_ = std::move(error.client_message);
    co_return false;
  }
  const auto ended = co_await wait_for_end(*subscription);
  auto& service = parts_.directory.of(conversation_id_);
  service.worker().post(
      [&service, id = conversation_id_, subscription] { service.leave(id, subscription); });
  if (!ended) co_return std::unexpected(ended.error());
  co_return true;
}

async::Task<Result<Accepted>> Answering::send(const std::string& text, bool is_new,
                                              std::shared_ptr<chat::Subscription> subscription) {
  auto place = parts_.guards.take_place(guard::Places::Kind::kAnswer, caller_);
  if (!place) co_return ask_again_later("this person has too many answers on their way");
  auto budget = reserve_budget(text);
  if (!budget) co_return std::unexpected(budget.error().as_error());
  chat::IncomingMessage message{.owner = owner_,
                                .asker = chat::asker_of(asker_, kChannel, language_),
                                .conversation_id = is_new ? std::string() : conversation_id_,
                                .message_id = message_id_,
                                .text = text,
                                .tags = {},
                                .metadata_json = {},
                                .request_id = context_.job().id,
                                .place = std::move(*place),
                                .budget = std::move(*budget)};
  auto& service = parts_.directory.of(conversation_id_);
  co_return co_await async::on_worker<Result<Accepted>>(
      service.tasks(), parts_.worker,
      SendCommand{&service, std::move(message), is_new ? conversation_id_ : std::string(),
                  std::move(subscription)});
}

std::expected<guard::BudgetReservation, guard::Verdict> Answering::reserve_budget(
    const std::string& text) {
  std::vector<std::string> models;
  if (parts_.guards.has_money_budget(asker_)) {
    chat::Prompt prompt;
    prompt.asker = chat::asker_of(asker_, kChannel, language_);
    prompt.messages.push_back({chat::Role::kUser, text});
    models = parts_.responder.models_for(prompt);
  }
  std::string no_headers;
  return parts_.guards.reserve_budget(
      {.prompt = chat::tokens_of_bytes(text.size()), .prompt_field = "message", .models = models},
      caller_, parts_.policy.get(), no_headers);
}

// True when the reply has ended.
bool Answering::take_end(chat::Subscription& subscription) {
  chat::SharedItem item;
  while (subscription.take(item)) {
    if (item->error) failure_ = item->error->client_message;
    if (item->ends_reply) return true;
  }
  return false;
}

async::Task<Result<void>> Answering::wait_for_end(chat::Subscription& subscription) {
  auto& cancellation = context_.cancellation();
  const async::Cancellation::Watch watch(cancellation,
                                         [&subscription] { subscription.changed().set(); });
  const bool may_ask = parts_.settings.long_answers == LongAnswers::kAsk &&
                       !event_.reply_token.empty() && token_until_ - kButtonAhead > now();
  const Deadline button_at =
      may_ask ? parts_.worker.in(token_until_ - kButtonAhead - now()) : Deadline::never();
  while (!take_end(subscription)) {
    if (cancellation.is_cancelled() || subscription.has_ended())
      co_return ask_again_later("the server is stopping");
    if (!is_button_shown_ && button_at.has_passed(parts_.worker.now())) co_await offer_button();
    const Deadline until = is_button_shown_ ? Deadline::never() : button_at;
    co_await subscription.changed().wait(until);
  }
  co_return Result<void>();
}

// The token is spent on it, and its press brings another.
async::Task<void> Answering::offer_button() {
  const auto said =
      co_await say(std::string(words(Text::kStillThinking)), button_for(message_id_), ":button");
  if (said) is_button_shown_ = true;
}

AnswerButton Answering::button_for(std::string_view message_id) const {
  return {.label = std::string(words(Text::kShowAnswer)), .data = button_data(message_id)};
}

async::Task<Result<void>> Answering::say_reply() {
  auto said = co_await read_reply(message_id_);
  if (!said) co_return std::unexpected(said.error());
  using enum chat::MessageStatus;
  if (said->status == kStreaming || said->status == kInterrupted)
    co_return ask_again_later("the server stopped before the answer was whole");
  if (is_button_shown_) co_return Result<void>();
  if (said->status == kComplete) co_return co_await say(std::move(said->text));
  std::string why = failure_.empty() ? std::string(words(Text::kFailed)) : failure_;
  co_return co_await say(std::move(why));
}

async::Task<Result<Answering::Said>> Answering::read_reply(std::string message_id) {
  const auto conversation =
      co_await parts_.conversations.read(parts_.worker, owner_, conversation_id_);
  if (!conversation) co_return std::unexpected(conversation.error());
  const auto& messages = conversation->messages;
  const auto asked = std::ranges::find(messages, message_id, &chat::Message::id);
  if (asked == messages.end() || asked + 1 == messages.end())
    co_return fail(ErrorCode::kNotFound, "There is no such message in this chat.");
  const auto& reply = *(asked + 1);
  std::string text = plain_text(reply.text);
  if (text.empty()) text = words(Text::kNoAnswer);
  co_return Said{.status = reply.status, .text = text + source_lines(reply.citations)};
}

async::Task<Result<void>> Answering::remove_broken_answer() {
  const auto said = co_await read_reply(message_id_);
  const bool is_gone = !said && said.error().code == ErrorCode::kNotFound;
  if (is_gone) co_return Result<void>();
  if (!said) co_return std::unexpected(said.error());
  using enum chat::MessageStatus;
  if (said->status == kComplete || said->status == kStreaming) co_return Result<void>();
  co_return co_await forget_message();
}

async::Task<Result<void>> Answering::show_answer() {
  const std::string message_id(message_of_button(event_.text));
  if (message_id.empty()) co_return Result<void>();  // a button of somebody else's
  auto said = co_await read_reply(message_id);
  if (!said && said.error().code == ErrorCode::kNotFound) co_return co_await say(Text::kAnswerGone);
  if (!said) co_return std::unexpected(said.error());
  using enum chat::MessageStatus;
  if (said->status == kStreaming)
    co_return co_await say(std::string(words(Text::kNotYet)), button_for(message_id), {});
  if (said->status != kComplete) co_return co_await say(Text::kFailed);
  co_return co_await say(std::move(said->text));
}

async::Task<Result<void>> Answering::forget_message() {
  auto removed = co_await parts_.conversations.remove_message(parts_.worker, owner_,
                                                              conversation_id_, message_id_);
  if (!removed && removed.error().code == ErrorCode::kNotFound) co_return Result<void>();
  co_return removed;
}

async::Task<Result<void>> Answering::forget_conversation() {
  auto& service = parts_.directory.of(conversation_id_);
  auto removed = co_await async::on_worker<Result<void>>(
      service.tasks(), parts_.worker, RemoveCommand{&service, owner_, conversation_id_});
  if (!removed && removed.error().code == ErrorCode::kNotFound) co_return Result<void>();
  co_return removed;
}

async::Task<Result<void>> Answering::say(Text text) {
  co_return co_await say(std::string(words(text)));
}

async::Task<Result<void>> Answering::say(std::string text) {
  co_return co_await say(std::move(text), {}, {});
}

// An attempt that comes after the token's time leaves what the one before it has left, if that has.
async::Task<Result<void>> Answering::say(std::string text, std::optional<AnswerButton> button,
                                         std::string suffix) {
  SendOrder order{.key = event_.id + suffix,
                  .to = event_.chat_id,
                  .reply_token = now() < token_until_ ? event_.reply_token : std::string(),
                  .token_until = token_until_,
                  .texts = {},
                  .button = std::move(button)};
  text = cut_text(std::move(text), parts_.settings.answer_max_units, words(Text::kCut));
  for (auto& piece : split_text(text, kMaxTextUnits)) {
    const bool is_blank = piece.find_first_not_of(" \t\r\n") == std::string::npos;
    if (!is_blank) order.texts.push_back(std::move(piece));
  }
  if (order.texts.empty()) order.texts.emplace_back(words(Text::kNoAnswer));
  std::vector<jobs::NewJob> jobs;
  jobs.push_back(send_job(order, parts_.settings.site));
  const auto left = co_await parts_.queue.enqueue(parts_.worker, std::move(jobs));
  if (!left) co_return std::unexpected(left.error());
  co_return Result<void>();
}

}  // namespace gatehouse::channels::line
