// What the house tells of itself in numbers.
#include <functional>
#include <vector>

#include "gatehouse/exporters/prometheus_text.hpp"
#include "house.hpp"
#include "line.hpp"

namespace gatehouse::app {

std::uint64_t House::oldest_connection_age_s() const {
  TimePoint oldest = TimePoint::max();
  for (const auto* host : hosts) oldest = std::min(oldest, host->oldest_connection());
  if (oldest == TimePoint::max()) return 0;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(clock.now() - oldest).count());
}

// How each backend and model of the route does, name by name.
void House::add_responders(std::vector<exporters::Gauge>& gauges) const {
  using Labels = std::vector<std::pair<std::string, std::string>>;
  using Report = responders::DeploymentReport;
  const auto reports = deployments->reports(clock.now());
  const auto add = [&](std::string_view name, std::string_view help, auto value_of,
                       std::string_view outcome = {}) {
    for (const Report& report : reports) {
      Labels labels{{"responder", report.responder}, {"model", report.model}};
      if (!outcome.empty()) labels.emplace_back("outcome", outcome);
      gauges.push_back({name, help, static_cast<double>(value_of(report)), std::move(labels),
                        name.ends_with("_total")});
    }
  };
  constexpr std::string_view kAnswers = "gatehouse_responder_answers_total";
  constexpr std::string_view kAnswersHelp = "Answers that responders were asked for, by outcome";
  add(kAnswers, kAnswersHelp, std::mem_fn(&Report::answered), "answered");
  add(kAnswers, kAnswersHelp, std::mem_fn(&Report::failed), "failed");
  add(kAnswers, kAnswersHelp, std::mem_fn(&Report::limited), "limited");
  add("gatehouse_responder_first_piece_seconds_total",
      "Time that answers took to begin, all together",
      [](const Report& report) { return static_cast<double>(report.first_piece_ms) / 1000; });
  add("gatehouse_responder_running", "Answers that are being given", std::mem_fn(&Report::running));
  add("gatehouse_responder_limit", "Answers that may be given at once",
      std::mem_fn(&Report::limit));
  add("gatehouse_responder_paused", "1 while a responder is left alone because it failed",
      [](const Report& report) {
        return report.state == responders::Breaker::State::kClosed ? 0 : 1;
      });
}

// Queue by queue, over all processes that share the store.
void House::add_jobs(std::vector<exporters::Gauge>& gauges) const {
  using Queue = jobs::QueueStatistics;
  const auto queues = job_counts.latest();
  const WallTime now = clock.wall();
  const auto add = [&](std::string_view name, std::string_view help, auto value_of) {
    for (const Queue& queue : queues) {
      gauges.push_back({name,
                        help,
                        static_cast<double>(value_of(queue)),
                        {{"site", queue.site}, {"queue", queue.queue}},
                        name.ends_with("_total")});
    }
  };
  add("gatehouse_jobs_ready", "Jobs that wait for somebody to run them",
      std::mem_fn(&Queue::ready));
  add("gatehouse_jobs_scheduled", "Jobs that wait for their time", std::mem_fn(&Queue::scheduled));
  add("gatehouse_jobs_running", "Jobs that are being run", std::mem_fn(&Queue::running));
  add("gatehouse_jobs_dead", "Jobs that were given up and are kept to be looked at",
      std::mem_fn(&Queue::dead_now));
  add("gatehouse_jobs_oldest_seconds", "How long the oldest ready job has waited",
      [now](const Queue& queue) {
        return queue.oldest_ready ? static_cast<double>((now - *queue.oldest_ready).count()) / 1000
                                  : 0;
      });
  add("gatehouse_jobs_done_total", "Jobs that were done", std::mem_fn(&Queue::done));
  add("gatehouse_jobs_retried_total", "Attempts after which a job was tried again",
      std::mem_fn(&Queue::retried));
  add("gatehouse_jobs_given_up_total", "Jobs that were given up", std::mem_fn(&Queue::dead));
  add("gatehouse_jobs_run_seconds_total", "Time that done jobs ran, all together",
      [](const Queue& queue) { return static_cast<double>(queue.run_ms) / 1000; });
}

std::string House::metrics_text() const {
  using telemetry::Counter;
  const auto open = [this](Counter begun, Counter ended) {
    const std::uint64_t gone = counters.sum(ended);
    return static_cast<double>(counters.sum(begun) - gone);
  };
  const auto age =
      std::chrono::duration_cast<std::chrono::seconds>(clock.now() - health->facts.started_at)
          .count();
  std::vector<exporters::Gauge> gauges = {
      exporters::Gauge{"gatehouse_connections", "Open connections",
                       static_cast<double>(caps.total())},
      exporters::Gauge{"gatehouse_streams", "Open event streams",
                       open(Counter::kStreamsOpened, Counter::kStreamsClosed)},
      exporters::Gauge{"gatehouse_websockets", "Open WebSockets",
                       open(Counter::kSocketsOpened, Counter::kSocketsClosed)},
      exporters::Gauge{"gatehouse_visitor_sessions", "Visitor sessions begun that have not ended",
                       static_cast<double>(sessions->active())},
      exporters::Gauge{"gatehouse_oldest_connection_age_seconds", "Age of the oldest connection",
                       static_cast<double>(oldest_connection_age_s())},
      exporters::Gauge{"gatehouse_bans", "Bans that hold",
                       static_cast<double>(escalation->bans().active(clock.wall()))},
      exporters::Gauge{
          "gatehouse_explanations_passed_over",
          "Refusals and flags that were not kept for `explain`, being very many alike",
          static_cast<double>(explanation_sampler.passed_over() + explanations->dropped())},
      exporters::Gauge{"gatehouse_recordings_passed_over",
                       "Decisions that were not recorded, being many from one client or too long",
                       recordings ? static_cast<double>(recordings->passed_over()) : 0},
      exporters::Gauge{"gatehouse_limit_charges_spilled",
                       "Charges that went to a parent's counter for want of room",
                       static_cast<double>(rates->spilled_charges())},
      exporters::Gauge{"gatehouse_secrets_kept",
                       "Secrets that are those of before, since where they come from is away",
                       static_cast<double>(kept_secrets.load())},
      exporters::Gauge{"gatehouse_uptime_seconds", "Seconds since the start",
                       static_cast<double>(age)},
  };
  add_responders(gauges);
  add_jobs(gauges);
  add_reply_cache(gauges);
  add_line_gauges(*this, gauges);
  return exporters::prometheus_text(counters, gauges);
}

}  // namespace gatehouse::app
