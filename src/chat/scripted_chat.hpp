// Both ends of a chat service in its tests: a store and a responder that do what a test says.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gatehouse/async/testing/stepped_worker.hpp"
#include "gatehouse/chat/chat_service.hpp"
#include "gatehouse/chat/conversations.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/chat/subscription.hpp"
#include "gatehouse/chat/testing/answer_of.hpp"
#include "gatehouse/guard/reply_rules.hpp"

namespace gatehouse::chat::testing {

inline const Owner kAnna{.site = "default", .principal = "visitor:anna"};
inline const Owner kBen{.site = "default", .principal = "visitor:ben"};

// Keeps one conversation. While it is held, one call waits and nothing is kept.
class ScriptedStore final : public Conversations {
 public:
  explicit ScriptedStore(async::Worker& worker) : may_go_on_(worker) { may_go_on_.set(); }

  void hold(bool is_held) { is_held ? may_go_on_.reset() : may_go_on_.set(); }

  async::Task<Result<AcceptedMessage>> accept(async::Worker&, NewMessage message) override {
    co_await may_go_on_.wait(Deadline::never());
    if (accept_error) co_return std::unexpected(*accept_error);
    AcceptedMessage accepted;
    accepted.history = messages_;
    const auto [known, is_new] = replies_.try_emplace(message.message_id, message.reply_id);
    accepted.was_known = !is_new;
    accepted.reply_id = known->second;
    if (is_new) {
      messages_.push_back(
          {.id = message.message_id, .role = Role::kUser, .text = std::move(message.text)});
    }
    co_return accepted;
  }

  async::Task<Result<void>> save_reply(async::Worker&, StoredReply reply) override {
    co_await may_go_on_.wait(Deadline::never());
    if (save_error) co_return std::unexpected(*save_error);
    saved.push_back(reply);
    if (reply.status == MessageStatus::kStreaming) co_return Result<void>();
    messages_.push_back({.id = reply.reply_id,
                         .role = Role::kAssistant,
                         .text = reply.text,
                         .status = reply.status,
                         .finish_reason = reply.finish_reason});
    co_return Result<void>();
  }

  async::Task<Result<Conversation>> read(async::Worker&, Owner, std::string) override {
    Conversation conversation;
    conversation.messages = messages_;
    co_return conversation;
  }

  async::Task<Result<ConversationPage>> list(async::Worker&, Owner, std::string,
                                             std::uint32_t) override {
    co_return ConversationPage();
  }
  async::Task<Result<void>> remove(async::Worker&, Owner, std::string) override {
    messages_.clear();
    co_return Result<void>();
  }
  async::Task<Result<void>> remove_message(async::Worker&, Owner, std::string,
                                           std::string id) override {
    std::erase_if(messages_, [&](const Message& message) { return message.id == id; });
    co_return Result<void>();
  }
  async::Task<Result<std::uint64_t>> remove_expired(async::Worker&, WallTime) override {
    co_return std::uint64_t{0};
  }

  std::optional<Error> accept_error;
  std::optional<Error> save_error;
  std::vector<StoredReply> saved;

 private:
  async::Signal may_go_on_;
  std::vector<Message> messages_;
  std::map<std::string, std::string> replies_;  // by the id of their message
};

// Says what is pushed when it is pushed, to one prompt at a time.
class ScriptedResponder final : public Responder {
 public:
  explicit ScriptedResponder(async::Worker& worker) : changed_(worker) {}

  void push(ReplyEvent event) { add(std::move(event)); }
  void end(Result<void> outcome) { add(std::move(outcome)); }

  std::size_t asked() const { return asked_; }
  std::size_t closed() const { return closed_; }  // how often it was told to end
  const std::vector<std::string>& last_prompt() const { return last_prompt_; }

  std::string_view name() const override { return "scripted"; }
  async::Task<Result<void>> answer(const Prompt& prompt, ReplySink& sink,
                                   Exchange& exchange) override {
    ++asked_;
    last_prompt_.clear();
    for (const auto& message : prompt.messages) last_prompt_.push_back(message.text);
    const async::Cancellation::Watch watch(exchange.cancellation, [this] { changed_.set(); });
    while (!exchange.cancellation.is_cancelled()) {
      if (steps_.empty()) {
        changed_.reset();
        co_await changed_.wait(Deadline::never());
        continue;
      }
      Step step = std::move(steps_.front());
      steps_.pop_front();
      if (auto* outcome = std::get_if<Result<void>>(&step)) co_return std::move(*outcome);
      sink.push(std::get<ReplyEvent>(std::move(step)));
      const auto flushed = co_await sink.flush();
      if (!flushed) break;
    }
    ++closed_;
    co_return fail(ErrorCode::kCancelled, "The reply was stopped.");
  }

 private:
  using Step = std::variant<ReplyEvent, Result<void>>;
  void add(Step step) {
    steps_.push_back(std::move(step));
    changed_.set();
  }

  async::Signal changed_;
  std::deque<Step> steps_;
  std::size_t asked_ = 0;
  std::size_t closed_ = 0;
  std::vector<std::string> last_prompt_;
};

inline std::vector<StreamItem> take_all(Subscription& subscription) {
  std::vector<StreamItem> items;
  for (SharedItem item; subscription.take(item);) items.push_back(*item);
  return items;
}

inline std::vector<std::string_view> names_of(const std::vector<StreamItem>& items) {
  std::vector<std::string_view> names;
  for (const auto& item : items) names.push_back(item.name);
  return names;
}

// The deltas as one text, where nothing in it needs an escape.
inline std::string text_of(const std::vector<StreamItem>& items) {
  constexpr std::string_view kBefore = R"({"text":")";
  constexpr std::string_view kBehind = R"("})";
  std::string text;
  for (const auto& item : items) {
    if (item.name != "delta") continue;
    text += item.data.substr(kBefore.size(), item.data.size() - kBefore.size() - kBehind.size());
  }
  return text;
}

// A chat service between the two, on a worker that a test moves. The reply guard cuts at
// "~planted~".
class ScriptedChat : public ::testing::Test {
 protected:
  static constexpr auto kGrace = std::chrono::seconds(30);
  using Sent = std::optional<Result<Accepted>>;

  // Some time after the start nothing can have been accepted by the process before.
  explicit ScriptedChat(Duration age = std::chrono::minutes(6)) { worker_.advance(age); }
  ~ScriptedChat() override {
    store_.hold(false);
    tasks_.spawn("drain", service_.drain(Deadline::at(worker_->now())));
    worker_.advance(std::chrono::seconds(1));
  }

  std::shared_ptr<Subscription> reader(std::size_t limit_bytes = 1024 * 1024) {
    return std::make_shared<Subscription>(*worker_, limit_bytes);
  }
  template <typename Answer>
  void start(async::Task<Answer> task, std::optional<Answer>& answer) {
    tasks_.spawn("call", put_answer(std::move(task), answer));
    worker_.settle();
  }
  // Begins the conversation "c", or goes on with it.
  void send(Sent& sent, const std::shared_ptr<Subscription>& to, const std::string& message_id = {},
            bool is_new = true) {
    IncomingMessage message;
    message.owner = kAnna;
    message.conversation_id = is_new ? "" : "c";
    message.message_id = message_id;
    message.text = "question";
    message.budget = std::move(budget_);
    start(service_.send(std::move(message), is_new ? "c" : "", to), sent);
  }
  // Sends the first message and has its reply begun.
  void begin(const std::shared_ptr<Subscription>& to) {
    send(first_, to, "m1");
    ASSERT_TRUE(first_ && *first_);
    say("one ");
  }
  std::optional<Result<void>> follow(const std::shared_ptr<Subscription>& with,
                                     std::optional<StreamPosition> after = {},
                                     const Owner& owner = kAnna) {
    std::optional<Result<void>> followed;
    start(service_.follow(owner, "c", std::move(after), with), followed);
    return followed;
  }
  std::optional<Result<void>> stop(const Owner& owner) {
    std::optional<Result<void>> stopped;
    start(service_.stop(owner, "c"), stopped);
    return stopped;
  }
  void say(std::string text) {
    responder_.push(ReplyDelta{.text = std::move(text)});
    worker_.settle();
  }
  const StoredReply& last_saved() const {
    static const StoredReply kNothing{.text = "nothing was saved"};
    return store_.saved.empty() ? kNothing : store_.saved.back();
  }
  void finish() {
    responder_.push(ReplyEnd{});
    responder_.end({});
    worker_.settle();
  }

  static guard::Policy policy() {
    guard::Policy made;
    const guard::ReplyOptions options{.canaries = {Secret("~planted~")}};
    made.reply_rules = guard::ReplyRules::compile({}, options).value();
    return made;
  }

  async::testing::SteppedWorker worker_;
  SecureRandom random_;
  telemetry::Counters counters_;
  telemetry::Log log_{worker_.clock(), telemetry::Level::kError,
                      std::make_shared<telemetry::LogRing>()};
  ScriptedStore store_{*worker_};
  ScriptedResponder responder_{*worker_};
  ChatService service_{{.worker = *worker_,
                        .conversations = store_,
                        .responder = responder_,
                        .random = random_,
                        .counters = counters_,
                        .log = log_,
                        .settings = {.policy = policy(), .resume_grace = kGrace},
                        .on_exception = rethrow}};
  guard::BudgetReservation budget_;  // of the next message
  Sent first_;
  async::TaskGroup tasks_{*worker_, rethrow};
};

}  // namespace gatehouse::chat::testing
