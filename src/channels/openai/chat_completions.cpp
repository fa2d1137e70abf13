#include "gatehouse/channels/openai/chat_completions.hpp"

#include "completion_request.hpp"
#include "completion_sink.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/chat/spending.hpp"
#include "gatehouse/http/problem.hpp"

namespace gatehouse::channels {
namespace {

using telemetry::Counter;

constexpr std::size_t kIdBytes = 18;

// What people and tools say passes the message stage, the newest first; what the program itself
// puts before and between is its own.
void view_messages(const chat::Prompt& prompt, const guard::Policy& policy,
                   std::vector<guard::MessageView>& views) {
  views.clear();
  for (auto message = prompt.messages.rbegin(); message != prompt.messages.rend(); ++message) {
    const bool is_tool = message->role == chat::Role::kTool;
    if ((message->role != chat::Role::kUser && !is_tool) || message->text.empty()) continue;
    views.push_back(
        {.text = message->text,
         .field = "messages",
         .max_characters = policy.api_message_max_characters,
         // Without a sender: programs may repeat themselves, and a history comes every time.
         .origin = is_tool ? guard::MessageOrigin::kTool : guard::MessageOrigin::kPerson});
  }
}

// RFC 9111 §5.2.1. What else a client may say there is for caches between it and here.
chat::Keeping keeping_of(std::string_view cache_control) {
  chat::Keeping keeping = chat::Keeping::kUsual;
  for (const auto directive : split(cache_control, ',')) {
    if (equals_ignoring_case(directive, "no-store")) return chat::Keeping::kKeepNothing;
    if (equals_ignoring_case(directive, "no-cache")) keeping = chat::Keeping::kAskAnew;
  }
  return keeping;
}

}  // namespace

ChatCompletions::ChatCompletions(async::Worker& worker, Random& random, chat::Responder& responder,
                                 guard::Pipeline& guards, telemetry::Counters& counters,
                                 telemetry::Log& log, CompletionsSettings settings)
    : worker_(worker),
      random_(random),
      responder_(responder),
      guards_(guards),
      counters_(counters),
      log_(log),
      settings_(std::move(settings)) {}

async::Task<void> ChatCompletions::handle(Request request, http::ResponseWriter& writer) {
  auto decoded = read_completion_request(json_, request->body, settings_.default_model);
  if (!decoded) {
    guards_.note_invalid(decoded.error(), request->request_id);
    co_return http::send_openai_error(writer, decoded.error());
  }
  view_messages(decoded->prompt, settings_.policy.get(), views_);
  const guard::Caller caller{.request_id = request->request_id,
                             .client = request->client,
                             .principal = request->principal};
  const auto receipt = guards_.check_messages(views_, settings_.policy.get(), caller);
  if (!receipt) co_return http::send_openai_error(writer, receipt.error().as_error());
  const auto place = guards_.take_place(guard::Places::Kind::kAnswer, caller);
  if (!place) co_return http::send_openai_error(writer, place.error().as_error());
  decoded->prompt.request_id = request->request_id;
  decoded->prompt.asker = chat::asker_of(*request->principal, "openai",
                                         request->head.get(codec::HeaderId::kAcceptLanguage));
  if (const auto wish = request->head.get(codec::HeaderId::kCacheControl); !wish.empty())
    decoded->prompt.keeping = keeping_of(wish);
  std::string limit_lines;
  auto budget = reserve_budget(*decoded, caller, limit_lines);
  writer.add_header_lines(limit_lines);
  if (!budget) co_return http::send_openai_error(writer, budget.error().as_error());
  co_await run(*decoded, std::move(*budget), writer);
}

std::expected<guard::BudgetReservation, guard::Verdict> ChatCompletions::reserve_budget(
    const CompletionRequest& request, const guard::Caller& caller, std::string& limit_lines) {
  std::vector<std::string> models;
  if (guards_.has_money_budget(*caller.principal)) models = responder_.models_for(request.prompt);
  return guards_.reserve_budget({.prompt = chat::prompt_tokens(request.prompt),
                                 .prompt_field = "messages",
                                 .reply = request.reply_tokens_max,
                                 .reply_field = request.reply_tokens_field,
                                 .choices = request.choices,
                                 .models = models},
                                caller, settings_.policy.get(), limit_lines);
}

async::Task<void> ChatCompletions::run(const CompletionRequest& request,
                                       guard::BudgetReservation budget,
                                       http::ResponseWriter& writer) {
  const chat::Prompt& prompt = request.prompt;
  counters_.add(Counter::kTurnsStarted);
  CompletionIdentity identity{.id = random_token(random_, kIdBytes, "chatcmpl-"),
                              .created_s = unix_seconds(worker_.clock().wall()),
                              .model = prompt.model};
  CompletionSink sink(worker_, writer, guard::ReplyScanner(settings_.policy.get()),
                      std::move(identity), chat::Spending(std::move(budget), prompt),
                      {.wants_stream = request.wants_stream,
                       .wants_usage = request.wants_usage,
                       .heartbeat = settings_.heartbeat});
  chat::Exchange exchange{.cancellation = writer.client_left(),
                          .deadline = worker_.in(settings_.total_timeout)};
  const auto outcome = co_await responder_.answer(prompt, sink, exchange);
  sink.spending().settle(exchange, outcome);
  sink.spending().note_cut(log_, counters_);
  const chat::TokenMeter& meter = sink.spending().meter();
  counters_.add(Counter::kPromptTokens, meter.prompt_tokens());
  counters_.add(Counter::kCompletionTokens, meter.completion_tokens());
  const bool has_left = writer.client_left().is_cancelled();
  if (!has_left) co_await sink.finish(outcome);
  const auto& scanner = sink.scanner();
  scanner.log_findings(log_, counters_, prompt.request_id);
  if (has_left) {
    counters_.add(Counter::kTurnsStopped);
    co_return;
  }
  const bool is_answered =
      outcome.has_value() || scanner.verdict().has_value() || sink.spending().is_used_up();
  counters_.add(is_answered ? Counter::kTurnsCompleted : Counter::kTurnsFailed);
  if (!is_answered) {
    log_.warning("REPLY_FAILED", outcome.error().for_log(),
                 {{"request_id", prompt.request_id},
                  {"responder", responder_.name()},
                  {"code", name_of(outcome.error().code)}});
  }
}

Models::Models(std::vector<std::string> names, std::string owner, std::int64_t created_s) {
  JsonWriter json(body_);
  json.begin_object().member("object", "list").key("data").begin_array();
  for (const auto& name : names) {
    json.begin_object().member("id", name).member("object", "model").member("created", created_s);
    json.member("owned_by", owner).end_object();
  }
  json.end_array().end_object();
}

async::Task<void> Models::handle(Request, http::ResponseWriter& writer) {
  http::ResponseHead head;
  head.headers.add_lines("Content-Type: application/json\r\nCache-Control: no-store\r\n");
  writer.send(head, body_);
  co_return;
}

}  // namespace gatehouse::channels
