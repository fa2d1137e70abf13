// POST /v1/chat/completions and GET /v1/models: the channel for programs that speak to OpenAI.
#pragma once

#include <string>
#include <vector>

#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/guard/current_policy.hpp"
#include "gatehouse/guard/pipeline.hpp"
#include "gatehouse/http/message.hpp"

namespace gatehouse::channels {

using Request = guard::Admitted<http::Request>;

struct CompletionRequest;

struct CompletionsSettings {
  guard::CurrentPolicy policy;
  std::string default_model;  // what "default" stands for
  Duration total_timeout = std::chrono::minutes(10);
  Duration heartbeat = std::chrono::seconds(15);
};

// Answers with one exchange: it stores nothing and ends when its client leaves. One per worker.
class ChatCompletions final : public http::Handler<Request> {
 public:
  ChatCompletions(async::Worker& worker, Random& random, chat::Responder& responder,
                  guard::Pipeline& guards, telemetry::Counters& counters, telemetry::Log& log,
                  CompletionsSettings settings);
  async::Task<void> handle(Request request, http::ResponseWriter& writer) override;

 private:
  std::expected<guard::BudgetReservation, guard::Verdict> reserve_budget(
      const CompletionRequest& request, const guard::Caller& caller, std::string& limit_lines);
  async::Task<void> run(const CompletionRequest& request, guard::BudgetReservation budget,
                        http::ResponseWriter& writer);

  async::Worker& worker_;
  Random& random_;
  chat::Responder& responder_;
  guard::Pipeline& guards_;
  telemetry::Counters& counters_;
  telemetry::Log& log_;
  const CompletionsSettings settings_;
  codec::JsonReader json_;
  std::vector<guard::MessageView> views_;  // of the request that is being read
};

// Lists what can be asked for.
class Models final : public http::Handler<Request> {
 public:
  Models(std::vector<std::string> names, std::string owner, std::int64_t created_s);
  async::Task<void> handle(Request request, http::ResponseWriter& writer) override;

 private:
  std::string body_;
};

}  // namespace gatehouse::channels
