// Stands before the route and gives answers again that were given before.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/guard/current_policy.hpp"
#include "gatehouse/responders/cache/reply_cache.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::responders {

struct CachedResponderParts {
  async::Worker& worker;
  chat::Responder& inner;
  ReplyCache& cache;
  guard::CurrentPolicy policy;
  std::function<std::uint64_t()> knowledge_version;
  Duration answer_timeout = std::chrono::minutes(10);
  telemetry::Log& log;
  async::TaskGroup::OnException on_exception;
};

// Of those who ask the same at the same time one asks, on any worker; each hears all of it, leaves
// when he likes, and has a deadline of his own. What is given again was kept before the guard and
// passes it anew. One instance per worker, used on its thread.
class CachedResponder final : public chat::Responder {
 public:
  explicit CachedResponder(CachedResponderParts parts);
  ~CachedResponder() override;

  std::string_view name() const override { return parts_.inner.name(); }
  chat::AskedFirst asked_first(const chat::Prompt& prompt) const override {
    return parts_.inner.asked_first(prompt);
  }
  std::vector<std::string> models_for(const chat::Prompt& prompt) const override {
    return parts_.inner.models_for(prompt);
  }
  async::Task<Result<void>> answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                   chat::Exchange& exchange) override;
  // When nobody asks any more: returns when what is under way has ended.
  async::Task<void> drain() { return tasks_.join(); }

 private:
  struct Question;
  class FlightSink;
  bool is_cached(const chat::Prompt& prompt, const chat::AskedFirst& first) const;
  async::Task<Result<void>> answer_cached(const chat::Prompt& prompt, chat::AskedFirst first,
                                          chat::ReplySink& sink, chat::Exchange& exchange);
  async::Task<Result<void>> replay(chat::ReplyKey key, std::shared_ptr<const KeptReply> kept,
                                   chat::ReplySink& sink, chat::Exchange& exchange);
  async::Task<Result<void>> follow(chat::ReplyKey key, Flight& flight,
                                   const std::shared_ptr<Follower>& follower, bool is_own,
                                   chat::ReplySink& sink, chat::Exchange& exchange);
  async::Task<void> fly(std::shared_ptr<Flight> flight, std::unique_ptr<Question> question);
  async::Task<std::shared_ptr<const KeptReply>> find_on_disk(const chat::ReplyKey& key);
  async::Task<void> keep_on_disk(chat::ReplyKey key, std::shared_ptr<const KeptReply> kept);
  async::Task<void> forget_on_disk(chat::ReplyKey key);
  void forget_blocked(const chat::ReplyKey& key);
  void note_store_error(const Error& error);

  struct Json;
  const CachedResponderParts parts_;
  const std::unique_ptr<Json> json_;
  std::string told_error_;  // of the store, the last
  async::TaskGroup tasks_;
};

}  // namespace gatehouse::responders
