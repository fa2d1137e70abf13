// The guard as a request meets it. Budgets: the message guards 3 µs on 500 bytes of plain text, a
// rate decision of 5 cells 300 ns.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "gatehouse/guard/pipeline.hpp"
#include "gatehouse/store/memory/rate_table.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::uint32_t kHigh = 10'000'000;  // never reached: what is measured is an admission

RateLimitPolicy high_limits(bool has_budgets) {
  RateLimitOverrides overrides{.per_minute = kHigh, .per_hour = kHigh, .requests = kHigh};
  if (has_budgets) {
    overrides.tokens_per_day = std::uint64_t{1} << 40;
    overrides.money_micros_per_day = std::uint64_t{1} << 40;
    overrides.site_money_micros_per_day = std::uint64_t{1} << 40;
  }
  RateLimitPolicy policy = *make_rate_limit_policy("balanced", overrides);
  policy.domain.limit = kHigh;
  return policy;
}

class NoExplanations final : public Explanations {
 public:
  void add(Explanation) noexcept override {}
};

class House {
 public:
  explicit House(bool has_budgets = false)
      : limits_(high_limits(has_budgets), "default", {.low = 1, .high = 2}),
        rates_(std::move(*store::memory::RateTable::create())),
        log_(clock_, telemetry::Level::kInfo, std::make_shared<telemetry::LogRing>()),
        counters_(1),
        escalation_(clock_, random_, {}),
        pipeline_({clock_, rate_clock_, limits_, *rates_, escalation_, places_, session_watch_,
                   cadence_, sampler_, explanations_},
                  log_, counters_.of_worker(0)) {
    policy_.hosts = {"chat.example.com", "localhost", "127.0.0.1"};
    const std::vector<std::string> prices = {"gpt-4o-mini* 0.15 0.60", "* 5 15"};
    policy_.prices = std::make_shared<const PriceTable>(PriceTable::read(prices).value());
    policy_.origins = {"https://www.example.com", "https://shop.example.com"};
  }
  Pipeline& pipeline() { return pipeline_; }
  const Policy& policy() const { return policy_; }

 private:
  const SystemClock clock_;
  const RateClock rate_clock_{clock_};
  const RateLimits limits_;
  std::unique_ptr<store::memory::RateTable> rates_;
  telemetry::Log log_;
  telemetry::CounterSet counters_;
  SecureRandom random_;
  Escalation escalation_;
  Places places_{{}, 7};
  SessionWatch session_watch_{7};
  CadenceTable cadence_{7};
  ExplanationSampler sampler_;
  NoExplanations explanations_;
  Policy policy_;
  Pipeline pipeline_;
};

constexpr RouteRules kRoute{
    .endpoint = EndpointClass::kAi, .body = BodyKind::kJson, .body_limit_bytes = 1 << 20};

// A chat from a page of another origin: the guards have the most to read.
RequestView typical_request() {
  return {.method = "POST",
          .path = "/v1/chat/completions",
          .host = "chat.example.com",
          .origin = "https://shop.example.com",
          .referer = "https://shop.example.com/museum/tickets",
          .fetch_site = "same-site",
          .content_type = "application/json; charset=utf-8",
          .user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
          .request_id = "0123456789ab-1",
          .body_bytes = 471,
          .has_body = true,
          .changes_state = true,
          .is_secure = true,
          .route = &kRoute};
}

// All guards of the head and both rounds of limits, with their header lines.
void request(benchmark::State& state) {
  House house;
  const Principal principal{.kind = Principal::Kind::kApiKey, .id = "bench"};
  RequestView view = typical_request();
  std::uint32_t address = 0;
  for (auto _ : state) {
    view.client = IpAddress::from_v4(0x0A000000U + ++address % 1000);
    Trail trail;
    std::string lines;
    const auto verdict = house.pipeline().check_request(view, house.policy(), trail, lines);
    const auto receipt = house.pipeline().admit(view, principal, house.policy(), trail, lines);
    if (verdict || !receipt) state.SkipWithError("refused");
    benchmark::DoNotOptimize(lines.data());
  }
}
BENCHMARK(request);

// The single request guards alone: no limits.
void request_guards(benchmark::State& state) {
  const House house;
  const RequestGuards guards = make_request_guards();
  const RequestView view = typical_request();
  for (auto _ : state) {
    for (const auto& guard : guards) {
      Verdict verdict = guard->check(view, house.policy());
      if (verdict.action != Action::kAllow) state.SkipWithError("refused");
      benchmark::DoNotOptimize(verdict);
    }
  }
}
BENCHMARK(request_guards);

// What an answer may take: reserved, and given back. Without budgets next to nothing.
void budget(benchmark::State& state) {
  House house(state.range(0) != 0);
  const Principal principal{.kind = Principal::Kind::kApiKey, .id = "bench"};
  const Caller caller{.request_id = "0123456789ab-1", .client = {}, .principal = &principal};
  const std::vector<std::string> models = {"gpt-4o-mini"};
  for (auto _ : state) {
    std::string lines;
    auto budget = house.pipeline().reserve_budget({.prompt = 100, .models = models}, caller,
                                                  house.policy(), lines);
    if (!budget) state.SkipWithError("refused");
    benchmark::DoNotOptimize(budget);
  }
}
BENCHMARK(budget)->ArgName("set")->Arg(0)->Arg(1);

std::string text_of(bool is_ascii) {
  const std::string_view sentence = is_ascii
                                        ? "Which way is it to the dinosaurs, and is there a lift? "
                                        : "Où sont les fossiles à côté de l’entrée? ";
  std::string text;
  while (text.size() < 500) text += sentence;
  return text.substr(0, is_ascii ? 500 : text.size());
}

void message(benchmark::State& state) {
  House house;
  const std::string text = text_of(state.range(0) != 0);
  for (auto _ : state) {
    const auto receipt = house.pipeline().check_message(
        {.text = text, .max_characters = 10'000}, house.policy(), {.request_id = "0123456789ab-1"});
    if (!receipt) state.SkipWithError("refused");
    benchmark::DoNotOptimize(receipt);
  }
}
BENCHMARK(message)->ArgName("ascii")->Arg(1)->Arg(0);

}  // namespace
}  // namespace gatehouse::guard
