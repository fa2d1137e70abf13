#include "gatehouse/responders/route/route_responder.hpp"

#include <algorithm>

#include "gatehouse/async/signal.hpp"
#include "gatehouse/chat/token_meter.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::responders {
namespace {

// Of what a backend takes at once: so that visitors never shut those out who have a key or account.
constexpr unsigned kVisitorsPercent = 90;
constexpr Duration kShortestRetryAfter = std::chrono::seconds(1);
constexpr std::int64_t kShortestPauseMs = 50;
constexpr std::uint64_t kPauseSpreadMs = 200;

bool may_another_answer(const Error& error) {
  return outcome_of(std::unexpected(error)) != CallOutcome::kNoVerdict ||
         error.code == ErrorCode::kNotFound;
}

chat::Prompt with_model(const chat::Prompt& prompt, std::string_view model) {
  chat::Prompt changed = prompt;
  changed.model = model;
  if (changed.openai_body.empty()) return changed;
  codec::JsonReader reader;
  // It was checked when it came.
  if (const auto body = reader.read(prompt.openai_body))
    changed.openai_body = codec::with_member(*body, "model", model);
  return changed;
}

}  // namespace

struct RouteResponder::Candidate {
  chat::Responder* responder;
  Deployment* deployment;
  std::string_view model;    // empty: as the prompt says
  std::string_view answers;  // the model that answers then; empty: none does
};

// One call of one responder, between it and who listens.
class RouteResponder::Attempt final : public chat::ReplySink {
 public:
  Attempt(async::Worker& worker, chat::ReplySink& sink, Deployment::Call call,
          std::uint64_t prompt_tokens, std::string_view model)
      : worker_(worker),
        sink_(sink),
        model_(model),
        call_(std::move(call)),
        began_at_(worker.clock().now()),
        prompt_tokens_(prompt_tokens) {}

  void push(chat::ReplyEvent&& event) override {
    has_begun_ = true;
    if (auto* const start = std::get_if<chat::ReplyStart>(&event)) {
      start->asked_model = model_;
    } else {
      note_piece();
    }
    sink_.push(std::move(event));
  }
  async::Task<Result<void>> flush() override {
    if (!has_begun_) co_return Result<void>();
    co_return co_await sink_.flush();
  }

  bool has_begun() const { return has_begun_; }
  // An answer without a word is one, too.
  void note_end(const Result<void>& outcome, std::string_view diagnosis) {
    if (outcome) note_piece();
    call_.note_end(outcome, has_begun_, worker_.clock().now(), diagnosis);
  }

 private:
  void note_piece() {
    if (std::exchange(has_piece_, true)) return;
    call_.note_first_piece(worker_.clock().now() - began_at_, prompt_tokens_);
  }

  async::Worker& worker_;
  chat::ReplySink& sink_;
  const std::string_view model_;
  Deployment::Call call_;
  const TimePoint began_at_;
  const std::uint64_t prompt_tokens_;
  bool has_begun_ = false;
  bool has_piece_ = false;  // more than its start
};

RouteResponder::RouteResponder(RouteParts parts) : parts_(std::move(parts)) {}

std::vector<RouteResponder::Candidate> RouteResponder::candidates_for(
    const chat::Prompt& prompt) const {
  std::vector<Candidate> candidates;
  const RouteRule* rule = parts_.route.rule_for(prompt);
  if (rule == nullptr) return candidates;
  for (std::size_t i = 0; i < rule->steps.size(); ++i) {
    for (const RouteArm* arm : arms_for(rule->steps[i], prompt.asker.sender, i))
      candidates.push_back(candidate_for(*arm, *rule, prompt));
  }
  return candidates;
}

RouteResponder::Candidate RouteResponder::candidate_for(const RouteArm& arm, const RouteRule& rule,
                                                        const chat::Prompt& prompt) const {
  const auto routed = std::ranges::find_if(parts_.responders, [&](const RoutedResponder& each) {
    return each.responder->name() == arm.responder;
  });
  // A name that the client chose is one of the first's, and nobody else knows it.
  const bool is_first = arm.responder == rule.steps.front().front().responder;
  const bool is_named = is_first && !prompt.model.empty() && !routed->model.empty();
  std::string_view model = arm.model;
  if (model.empty() && !is_first && !prompt.model.empty()) model = routed->model;
  std::string_view answers = arm.model;
  if (answers.empty()) answers = is_named ? std::string_view(prompt.model) : routed->model;
  return {.responder = routed->responder,
          .deployment = &parts_.deployments.of(arm),
          .model = model,
          .answers = answers};
}

chat::AskedFirst RouteResponder::asked_first(const chat::Prompt& prompt) const {
  const RouteRule* rule = parts_.route.rule_for(prompt);
  if (rule == nullptr) return {};
  const auto& step = rule->steps.front();
  const RouteArm* arm = &step.front();
  if (step.size() > 1) arm = arms_for(step, prompt.asker.sender, 0).front();
  const Candidate first = candidate_for(*arm, *rule, prompt);
  return {.responder = first.responder->name(),
          .model = first.answers,
          .repeats = first.responder->repeats()};
}

std::vector<std::string> RouteResponder::models_for(const chat::Prompt& prompt) const {
  std::vector<std::string> models;
  const RouteRule* rule = parts_.route.rule_for(prompt);
  if (rule == nullptr) return models;
  for (const RouteArm& arm : rule->steps.front()) {
    const auto answers = candidate_for(arm, *rule, prompt).answers;
    if (!answers.empty()) models.emplace_back(answers);
  }
  return models;
}

async::Task<Result<void>> RouteResponder::ask(const Candidate& candidate,
                                              const chat::Prompt& prompt, Attempt& attempt,
                                              chat::Exchange& exchange) {
  Result<void> outcome;
  exchange.diagnosis = {};
  if (candidate.model.empty()) {
    outcome = co_await candidate.responder->answer(prompt, attempt, exchange);
  } else {
    const chat::Prompt changed = with_model(prompt, candidate.model);
    outcome = co_await candidate.responder->answer(changed, attempt, exchange);
  }
  attempt.note_end(outcome, exchange.diagnosis);
  co_return outcome;
}

async::Task<Result<void>> RouteResponder::answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                                 chat::Exchange& exchange) {
  auto candidates = candidates_for(prompt);
  const unsigned share = prompt.asker.kind == "visitor" ? kVisitorsPercent : 100;
  const std::uint64_t size = chat::prompt_tokens(prompt);
  auto& retries = parts_.deployments.retries();
  retries.note_call(parts_.worker.clock().now());
  Result<void> last;
  bool has_asked = false;
  // Who stands alone is asked twice, if the first time nothing reached it.
  const bool is_alone = candidates.size() == 1;
  if (is_alone) candidates.push_back(candidates.front());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const bool is_again = is_alone && i == 1;
    if (is_again && (!has_asked || exchange.was_asked)) break;
    if (is_again) {
      const auto spread = static_cast<std::int64_t>(parts_.random.below(kPauseSpreadMs));
      const Duration pause = std::chrono::milliseconds(kShortestPauseMs + spread);
      co_await async::Sleep(parts_.worker, parts_.worker.in(pause).earlier(exchange.deadline));
      if (exchange.cancellation.is_cancelled()) break;
    }
    const TimePoint now = parts_.worker.clock().now();
    auto call = candidates[i].deployment->enter(now, share);
    if (!call) continue;
    if (has_asked && !retries.take(now)) break;
    has_asked = true;
    Attempt attempt(parts_.worker, sink, std::move(*call), size, candidates[i].answers);
    last = co_await ask(candidates[i], prompt, attempt, exchange);
    if (last || attempt.has_begun() || !may_another_answer(last.error())) co_return last;
    if (exchange.cancellation.is_cancelled()) co_return last;
  }
  co_return co_await give_up(candidates, std::move(last), sink);
}

// A text of the operator's, or an honest refusal that says when to come back.
async::Task<Result<void>> RouteResponder::give_up(const std::vector<Candidate>& candidates,
                                                  Result<void> last, chat::ReplySink& sink) {
  if (!parts_.fallback_texts.empty()) {
    const auto& text = parts_.fallback_texts[parts_.random.below(parts_.fallback_texts.size())];
    sink.push(chat::ReplyStart{.responder = "fallback", .model = {}});
    sink.push(chat::ReplyDelta{.choice = 0, .lane = chat::Lane::kText, .text = text});
    sink.push(chat::ReplyEnd{.choice = 0, .reason = chat::FinishReason::kStop});
    co_return co_await sink.flush();
  }
  if (candidates.empty()) {
    co_return fail(ErrorCode::kUnavailable, "Nobody here answers questions like this one.",
                   "no rule of the route holds");
  }
  const TimePoint now = parts_.worker.clock().now();
  Duration wait = Duration::max();
  for (const auto& each : candidates) wait = std::min(wait, each.deployment->wait(now));
  const auto retry_after_ms = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::max(wait, kShortestRetryAfter))
          .count());
  if (!last) {
    last.error().retry_after_ms = std::max(last.error().retry_after_ms, retry_after_ms);
    co_return last;
  }
  co_return std::unexpected(
      Error{.code = ErrorCode::kUnavailable,
            .client_message = "The answering service is not available. Try again in a moment.",
            .log_message = "no responder of the route may be asked now",
            .retry_after_ms = retry_after_ms});
}

}  // namespace gatehouse::responders
