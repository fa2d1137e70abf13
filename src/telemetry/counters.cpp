#include "gatehouse/telemetry/counters.hpp"

namespace gatehouse::telemetry {
namespace {

constexpr std::array<CounterInfo, kCounters> kInfos = {{
    {"gatehouse_connections_accepted_total", "Connections accepted"},
    {"gatehouse_connections_refused_total", "Connections closed at once by a cap"},
    {"gatehouse_connections_closed_total", "Connections that have ended"},
    {"gatehouse_tls_handshakes_failed_total", "TLS handshakes that failed"},
    {"gatehouse_requests_total", "Requests whose head was read"},
    {"gatehouse_responses_2xx_total", "Responses with a 2xx status"},
    {"gatehouse_responses_3xx_total", "Responses with a 3xx status"},
    {"gatehouse_responses_4xx_total", "Responses with a 4xx status"},
    {"gatehouse_responses_5xx_total", "Responses with a 5xx status"},
    {"gatehouse_guard_denied_total", "Requests and messages a guard denied"},
    {"gatehouse_guard_throttled_total", "Requests over a limit"},
    {"gatehouse_guard_flagged_total", "Requests and messages a guard flagged"},
    {"gatehouse_validation_errors_total", "Requests whose content broke a rule"},
    {"gatehouse_auth_failures_total", "Requests with a missing or invalid credential"},
    {"gatehouse_sessions_started_total", "Visitor sessions started"},
    {"gatehouse_sessions_ended_total", "Visitor sessions ended by their owner"},
    {"gatehouse_turns_started_total", "Replies begun"},
    {"gatehouse_turns_completed_total", "Replies completed"},
    {"gatehouse_turns_failed_total", "Replies that failed"},
    {"gatehouse_turns_stopped_total", "Replies stopped by their owner or left alone"},
    {"gatehouse_answers_cut_total", "Answers that ended early because a budget was used up"},
    {"gatehouse_streams_opened_total", "Event streams opened"},
    {"gatehouse_streams_closed_total", "Event streams closed"},
    {"gatehouse_streams_resumed_total", "Event streams that went on from a last event id"},
    {"gatehouse_stream_resets_total", "Event streams that had to begin anew"},
    {"gatehouse_slow_streams_closed_total",
     "Event streams closed because their reader was too slow"},
    {"gatehouse_websockets_opened_total", "WebSockets opened"},
    {"gatehouse_websockets_closed_total", "WebSockets that have ended"},
    {"gatehouse_websocket_messages_in_total", "Messages that came over WebSockets"},
    {"gatehouse_websocket_messages_out_total", "Messages that went over WebSockets"},
    {"gatehouse_websocket_closes_normal_total", "WebSockets that their client closed"},
    {"gatehouse_websocket_closes_going_away_total",
     "WebSockets closed (1001) because of a restart, their age or a client's silence"},
    {"gatehouse_websocket_closes_protocol_total",
     "WebSockets closed (1002, 1003, 1007) because their client broke the protocol"},
    {"gatehouse_websocket_closes_policy_total",
     "WebSockets closed (1008) by a limit, a ban or the end of their session"},
    {"gatehouse_websocket_closes_too_big_total",
     "WebSockets closed (1009) because a frame or message was too large"},
    {"gatehouse_websocket_closes_internal_total", "WebSockets closed (1011): each is a bug"},
    {"gatehouse_websocket_closes_too_slow_total",
     "WebSockets closed (1013) because their reader was too slow"},
    {"gatehouse_websocket_closes_lost_total", "WebSockets that broke off without a close"},
    {"gatehouse_upstream_requests_total", "Requests sent to backends"},
    {"gatehouse_upstream_failures_total", "Requests to backends that failed"},
    {"gatehouse_upstream_connections_total", "Connections made to backends"},
    {"gatehouse_prompt_tokens_total", "Prompt tokens as backends reported them"},
    {"gatehouse_completion_tokens_total", "Completion tokens as backends reported them"},
    {"gatehouse_log_lines_dropped_total", "Log lines dropped because they came too fast"},
    {"gatehouse_tasks_failed_total", "Tasks that ended with an exception: each is a bug"},
}};

}  // namespace

const CounterInfo& info_of(Counter counter) { return kInfos[static_cast<std::size_t>(counter)]; }

std::uint64_t CounterSet::sum(Counter counter) const {
  std::uint64_t total = 0;
  for (const auto& counters : per_worker_) total += counters.get(counter);
  return total;
}

}  // namespace gatehouse::telemetry
