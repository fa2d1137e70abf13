#include "gatehouse/server/health.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/header_values.hpp"

namespace gatehouse::server {
namespace {

using telemetry::Counter;
using Parts = std::shared_ptr<const HealthParts>;
using Request = guard::Admitted<http::Request>;

void send(http::ResponseWriter& writer, std::uint16_t status, std::string_view type,
          std::string_view body) {
  http::ResponseHead head;
  head.status = status;
  head.headers.add("Content-Type", type);
  head.headers.add_lines("Cache-Control: no-store\r\n");
  writer.send(head, body);
}

std::uint64_t open_of(const telemetry::CounterSet& counters, Counter opened, Counter closed) {
  const std::uint64_t ended =
      counters.sum(closed);  // first, so that the difference is never negative
  const std::uint64_t begun = counters.sum(opened);
  return begun > ended ? begun - ended : 0;
}

class Liveness final : public Handler {
 public:
  async::Task<void> handle(Request, http::ResponseWriter& writer) override {
    send(writer, 200, "application/json", R"({"status":"alive"})");
    co_return;
  }
};

class Readiness final : public Handler {
 public:
  explicit Readiness(Parts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(Request, http::ResponseWriter& writer) override {
    bool is_ready = !parts_->facts.is_draining();
    std::string body;
    JsonWriter json(body);
    json.begin_object().key("checks").begin_object();
    json.member("serving", is_ready ? "healthy" : "draining");
    for (const auto& check : parts_->facts.checks) {
      if (!check.is_vital) continue;
      const std::string trouble = check.check();
      is_ready = is_ready && trouble.empty();
      json.member(check.name, trouble.empty() ? "healthy" : "unhealthy");
    }
    json.end_object().member("status", is_ready ? "ready" : "not_ready").end_object();
    send(writer, is_ready ? 200 : 503, "application/json", body);
    co_return;
  }

 private:
  Parts parts_;
};

class Summary final : public Handler {
 public:
  Summary(Parts parts, bool with_responders)
      : parts_(std::move(parts)), with_responders_(with_responders) {}

  async::Task<void> handle(Request, http::ResponseWriter& writer) override {
    bool is_healthy = true;
    std::string services;
    JsonWriter json(services);
    json.begin_object();
    for (const auto& name : parts_->facts.disabled_services) json.member(name, "disabled");
    for (const auto& check : parts_->facts.checks) {
      const bool is_well = check.check().empty();
      is_healthy = is_healthy && is_well;
      json.member(check.name, is_well ? "healthy" : "unhealthy");
    }
    json.member("sse_connections",
                open_of(parts_->counters, Counter::kStreamsOpened, Counter::kStreamsClosed));
    json.member("active_sessions", parts_->active_sessions());
    if (with_responders_) add_responders(json);
    json.end_object();
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("status", is_healthy ? "healthy" : "degraded")
        .member("version", parts_->facts.version)
        .key("services")
        .raw(services)
        .member("environment", parts_->facts.environment)
        .end_object();
    send(writer, 200, "application/json", body);
    co_return;
  }

 private:
  void add_responders(JsonWriter& json) const {
    const auto responders = parts_->facts.responders();
    json.key("responders").begin_object();
    for (const auto& each : responders) json.member(each.name, each.state);
    json.end_object().key("responder_errors").begin_object();
    for (const auto& each : responders) {
      if (!each.last_error.empty()) json.member(each.name, each.last_error);
    }
    json.end_object().key("channels").begin_object();
    for (const auto& each : parts_->facts.channels) json.key(each.name).raw(each.json());
    json.end_object().key("caches").begin_object();
    json.member("replies", parts_->facts.reply_cache()).end_object();
  }

  Parts parts_;
  const bool with_responders_;
};

class Metrics final : public Handler {
 public:
  explicit Metrics(Parts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    if (codec::accepts_type(request->head.get(codec::HeaderId::kAccept), "application/json")) {
      send(writer, 200, "application/json", json());
    } else {
      send(writer, 200, "text/plain; version=0.0.4; charset=utf-8", parts_->metrics_text());
    }
    co_return;
  }

 private:
  std::string json() const {
    const auto& counters = parts_->counters;
    std::string body;
    JsonWriter(body)
        .begin_object()
        .key("connections")
        .begin_object()
        .member("total", counters.sum(Counter::kConnectionsAccepted))
        .member("active",
                open_of(counters, Counter::kConnectionsAccepted, Counter::kConnectionsClosed))
        .member("sessions", parts_->active_sessions())
        .member("oldest_connection_age", parts_->oldest_connection_age_s())
        .end_object()
        .key("rate_limits")
        .begin_object()
        .member("per_minute", std::uint64_t{parts_->facts.limit_per_minute})
        .member("per_hour", std::uint64_t{parts_->facts.limit_per_hour})
        .end_object()
        .key("system")
        .begin_object()
        .member("version", parts_->facts.version)
        .member("debug_mode", parts_->facts.is_debug)
        .end_object()
        .end_object();
    return body;
  }

  Parts parts_;
};

}  // namespace

std::unique_ptr<Handler> make_liveness() { return std::make_unique<Liveness>(); }
std::unique_ptr<Handler> make_readiness(Parts parts) {
  return std::make_unique<Readiness>(std::move(parts));
}
std::unique_ptr<Handler> make_summary(Parts parts, bool with_responders) {
  return std::make_unique<Summary>(std::move(parts), with_responders);
}
std::unique_ptr<Handler> make_metrics(Parts parts) {
  return std::make_unique<Metrics>(std::move(parts));
}

}  // namespace gatehouse::server
