#include "gatehouse/responders/route/route_responder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/async/task_group.hpp"
#include "gatehouse/async/testing/stepped_worker.hpp"

namespace gatehouse::responders {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Does what it is told, once for each time it is asked; then answers with its name.
class Scripted final : public chat::Responder {
 public:
  explicit Scripted(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  async::Task<Result<void>> answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                   chat::Exchange& exchange) override {
    ++calls;
    models.push_back(prompt.model);
    bodies.push_back(prompt.openai_body);
    const Step step = steps.empty() ? Step{} : steps.front();
    if (!steps.empty()) steps.pop_front();
    exchange.was_asked = exchange.was_asked || step.was_asked;
    if (!step.diagnosis.empty()) exchange.diagnosis = step.diagnosis;
    if (step.starts) sink.push(chat::ReplyStart{.responder = name_, .model = {}});
    if (step.speaks)
      sink.push(chat::ReplyDelta{.choice = 0, .lane = chat::Lane::kText, .text = name_});
    const auto flushed = co_await sink.flush();
    if (!flushed) co_return flushed;
    if (step.error != ErrorCode{}) {
      co_return std::unexpected(Error{.code = step.error,
                                      .client_message = "said " + name_,
                                      .retry_after_ms = step.retry_after_ms});
    }
    co_return Result<void>();
  }

  struct Step {
    ErrorCode error{};  // kInvalid, its first value: none
    bool speaks = true;
    bool starts = true;
    bool was_asked = true;
    std::uint32_t retry_after_ms = 0;
    std::string_view diagnosis = {};
  };
  void fails(ErrorCode code, int times = 1) {
    for (int i = 0; i < times; ++i)
      steps.push_back({.error = code, .speaks = false, .starts = false});
  }

  chat::Repeats repeats() const override { return each_repeats; }

  chat::Repeats each_repeats = chat::Repeats::kNever;
  std::deque<Step> steps;
  int calls = 0;
  std::vector<std::string> models;
  std::vector<std::string> bodies;

 private:
  const std::string name_;
};

class Sink final : public chat::ReplySink {
 public:
  void push(chat::ReplyEvent&& event) override {
    if (const auto* start = std::get_if<chat::ReplyStart>(&event))
      said += "<" + start->responder + ">", asked_model = start->asked_model;
    if (const auto* delta = std::get_if<chat::ReplyDelta>(&event)) said += delta->text;
  }
  async::Task<Result<void>> flush() override { co_return result; }
  std::string said;
  std::string asked_model;
  Result<void> result;
};

class RouteResponderTest : public ::testing::Test {
 protected:
  void use(std::vector<std::string> rules, std::vector<std::string> fallback_texts = {}) {
    const std::vector<std::string_view> names{"a", "b"};
    route_ = Route::read(rules, names).value();
    deployments_ = std::make_unique<Deployments>(route_, BreakerSettings{}, random_);
    responder_ = std::make_unique<RouteResponder>(RouteParts{*worker_,
                                                             route_,
                                                             *deployments_,
                                                             {{&a_}, {&b_, "own of b"}},
                                                             random_,
                                                             std::move(fallback_texts)});
  }
  Result<void> ask(chat::Prompt prompt = {}) {
    sink_.said.clear();
    async::Cancellation cancellation;
    chat::Exchange exchange{.cancellation = cancellation, .deadline = Deadline::never()};
    std::optional<Result<void>> answer;
    async::TaskGroup group(*worker_, async::rethrow);
    group.spawn("ask", keep(responder_->answer(prompt, sink_, exchange), answer));
    for (int i = 0; i < 400 && !answer; ++i) worker_.advance(std::chrono::milliseconds(1));
    return *answer;
  }
  static async::Task<void> keep(async::Task<Result<void>> task,
                                std::optional<Result<void>>& answer) {
    auto got = co_await std::move(task);
    answer = std::move(got);
  }
  Breaker::State state_of(std::size_t deployment) {
    return deployments_->reports(worker_->clock().now()).at(deployment).state;
  }

  async::testing::SteppedWorker worker_;
  SecureRandom random_;
  Scripted a_{"a"};
  Scripted b_{"b"};
  Route route_;
  std::unique_ptr<Deployments> deployments_;
  std::unique_ptr<RouteResponder> responder_;
  Sink sink_;
};

TEST_F(RouteResponderTest, GoesOnToTheNextWhileNoneHasBegun) {
  use({"a then b"});
  for (const auto code : {ErrorCode::kUpstreamFailed, ErrorCode::kUpstreamTimeout,
                          ErrorCode::kUnavailable, ErrorCode::kNotFound}) {
    a_.fails(code);
    EXPECT_TRUE(ask());
    EXPECT_EQ(sink_.said, "<b>b");
  }
}

TEST_F(RouteResponderTest, TellsWhichModelsMayAnswerBeforeAndWhichDoes) {
  using Models = std::vector<std::string>;
  chat::Prompt named;
  named.model = "x";
  use({"b model=dear or b or a then a"});
  EXPECT_EQ(responder_->models_for(named), (Models{"dear", "x"})) << "a has no models";
  EXPECT_EQ(responder_->models_for({}), (Models{"dear", "own of b"}));
  use({"a then b"});
  EXPECT_EQ(responder_->models_for(named), Models());
  a_.fails(ErrorCode::kUpstreamFailed);
  EXPECT_TRUE(ask(named));
  EXPECT_EQ(sink_.asked_model, "own of b") << "a name of the first's is nobody else's";
  use({"when channel=line: b"});
  EXPECT_EQ(responder_->models_for({}), Models());
}

TEST_F(RouteResponderTest, TellsWhoIsAskedFirst) {
  chat::Prompt named;
  named.model = "x";
  use({"when channel=line: a", "b model=dear then a"});
  b_.each_repeats = chat::Repeats::kAlways;
  EXPECT_EQ(responder_->asked_first(named).responder, "b");
  EXPECT_EQ(responder_->asked_first(named).model, "dear");
  EXPECT_EQ(responder_->asked_first(named).repeats, chat::Repeats::kAlways);
  named.asker.channel = "line";
  EXPECT_EQ(responder_->asked_first(named).responder, "a");
  EXPECT_EQ(responder_->asked_first(named).repeats, chat::Repeats::kNever);
  use({"when channel=line: a"});
  EXPECT_EQ(responder_->asked_first({}).responder, "");
  use({"a or b"});
  for (const auto* const sender : {"1", "2", "3", "4", "5", "6"}) {
    chat::Prompt prompt;
    prompt.asker.sender = sender;
    const auto first = responder_->asked_first(prompt);
    EXPECT_TRUE(ask(prompt));
    EXPECT_EQ(sink_.said, "<" + std::string(first.responder) + ">" + std::string(first.responder));
    EXPECT_EQ(sink_.asked_model, first.model);
  }
}

TEST_F(RouteResponderTest, StaysWithWhoHasBegun) {
  use({"a then b"});
  a_.steps.push_back({.error = ErrorCode::kUpstreamFailed});
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(sink_.said, "<a>a");
  EXPECT_EQ(b_.calls, 0);
}

TEST_F(RouteResponderTest, PassesOnWhatTheQuestionIsAtFaultFor) {
  use({"a then b"});
  a_.fails(ErrorCode::kContentBlocked);
  EXPECT_EQ(ask().error().code, ErrorCode::kContentBlocked);
  a_.fails(ErrorCode::kCancelled);
  EXPECT_EQ(ask().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(b_.calls, 0);
}

TEST_F(RouteResponderTest, AsksNobodyWhoFailsUntilThePauseIsOver) {
  use({"a then b"});
  a_.fails(ErrorCode::kUpstreamFailed, 5);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(ask());
  EXPECT_EQ(state_of(0), Breaker::State::kOpen);
  EXPECT_TRUE(ask());
  EXPECT_EQ(a_.calls, 5);
  worker_.advance(std::chrono::seconds(5));
  EXPECT_TRUE(ask());
  EXPECT_EQ(sink_.said, "<a>a");
}

TEST_F(RouteResponderTest, SaysWhenToComeBackWhenAllAreDown) {
  use({"a then b"});
  while (state_of(0) != Breaker::State::kOpen || state_of(1) != Breaker::State::kOpen) {
    for (auto* each : {&a_, &b_}) {
      each->steps.clear();
      each->fails(ErrorCode::kUpstreamFailed);
    }
    EXPECT_FALSE(ask());
  }
  const int calls = a_.calls + b_.calls;
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_GE(answer.error().retry_after_ms, 1000U);
  EXPECT_EQ(a_.calls + b_.calls, calls);
}

TEST_F(RouteResponderTest, SaysATextOfTheOperatorsWhenNobodyAnswers) {
  use({"a"}, {"We are back soon.", "Try later."});
  std::vector<std::string> said;
  for (int i = 0; i < 40; ++i) {
    a_.fails(ErrorCode::kUpstreamFailed);
    ASSERT_TRUE(ask());
    said.push_back(sink_.said);
  }
  EXPECT_THAT(said, ::testing::Contains("<fallback>We are back soon."));
  EXPECT_THAT(said, ::testing::Contains("<fallback>Try later."));
}

TEST_F(RouteResponderTest, TriesAgainOnlyWhatNeverArrived) {
  use({"a"});
  a_.steps.push_back(
      {.error = ErrorCode::kUnavailable, .speaks = false, .starts = false, .was_asked = false});
  EXPECT_TRUE(ask());
  EXPECT_EQ(a_.calls, 2);
  a_.fails(ErrorCode::kUpstreamFailed);
  EXPECT_FALSE(ask());
  EXPECT_EQ(a_.calls, 3);
}

// 1.1 times the calls, and what a second allows.
TEST_F(RouteResponderTest, SpendsNoMoreThanItsBudgetOnTryingAgain) {
  use({"a then b"});
  // Answers of which every third fails never open a breaker.
  const int asked = 300;
  for (int i = 0; i < asked; ++i) {
    if (i % 3 == 0)
      a_.fails(ErrorCode::kUpstreamFailed);
    else
      a_.steps.push_back({});
    EXPECT_TRUE(ask() || i % 3 == 0);
  }
  const int again = a_.calls + b_.calls - asked;
  EXPECT_GT(again, 0);
  EXPECT_LE(again, 10 + asked / 10 + 1);
}

TEST_F(RouteResponderTest, NamesTheModelOfTheArm) {
  use({"a model=small"});
  chat::Prompt prompt;
  prompt.model = "asked for";
  prompt.openai_body = R"({"model":"asked for","n":1})";
  EXPECT_TRUE(ask(prompt));
  EXPECT_THAT(a_.models, ElementsAre("small"));
  EXPECT_THAT(a_.bodies, ElementsAre(R"({"model":"small","n":1})"));
}

TEST_F(RouteResponderTest, AsksTheNextForItsOwnModel) {
  use({"a then b"});
  a_.fails(ErrorCode::kUpstreamFailed);
  chat::Prompt prompt;
  prompt.model = "of a";
  EXPECT_TRUE(ask(prompt));
  EXPECT_THAT(a_.models, ElementsAre("of a"));
  EXPECT_THAT(b_.models, ElementsAre("own of b"));
}

TEST_F(RouteResponderTest, CoolsWhoAsksForLess) {
  use({"a then b"});
  a_.steps.push_back({.error = ErrorCode::kRateLimited,
                      .speaks = false,
                      .starts = false,
                      .retry_after_ms = 30'000});
  EXPECT_TRUE(ask());
  EXPECT_TRUE(ask());
  EXPECT_EQ(a_.calls, 1);
  worker_.advance(std::chrono::seconds(30));
  EXPECT_TRUE(ask());
  EXPECT_EQ(a_.calls, 2);
}

TEST_F(RouteResponderTest, CountsWhatEachHasDone) {
  use({"a then b"});
  a_.fails(ErrorCode::kUpstreamFailed);
  EXPECT_TRUE(ask());
  const auto reports = deployments_->reports(worker_->clock().now());
  EXPECT_EQ(reports[0].failed, 1U);
  EXPECT_EQ(reports[0].last_error, "said a");
  EXPECT_EQ(reports[1].answered, 1U);
  EXPECT_EQ(reports[0].running + reports[1].running, 0U);
}

TEST_F(RouteResponderTest, SaysThatNoRuleHolds) {
  use({"when channel=line: a"});
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().log_message, HasSubstr("no rule"));
}

TEST_F(RouteResponderTest, TellsTheOperatorWhatTheResponderKnowsOfItsOwnFailureAlone) {
  use({"a then b"});
  a_.steps = {{.error = ErrorCode::kUpstreamFailed,
               .speaks = false,
               .starts = false,
               .diagnosis = "set it up"}};
  b_.fails(ErrorCode::kUpstreamFailed);
  EXPECT_FALSE(ask());
  const auto reports = deployments_->reports(worker_->clock().now());
  EXPECT_EQ(reports.at(0).last_error, "set it up");
  EXPECT_EQ(reports.at(1).last_error, "said b");
}

}  // namespace
}  // namespace gatehouse::responders
