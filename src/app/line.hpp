// The LINE channel as it is wired: its webhook on each worker, its jobs on the one that runs jobs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gatehouse/channels/line/line_channel.hpp"
#include "gatehouse/exporters/prometheus_text.hpp"
#include "gatehouse/jobs/runner.hpp"
#include "gatehouse/jobs/schedule.hpp"
#include "house.hpp"

namespace gatehouse::app {

// What the channel needs of its worker; everything outlives it.
struct LineWorkerParts {
  async::Worker& worker;
  guard::Pipeline& guards;
  const guard::CurrentPolicy& policy;
  const chat::Responder& responder;
  telemetry::Counters& counters;
  telemetry::Log& log;
  async::TaskGroup::OnException on_exception;
};

std::unique_ptr<server::Handler> make_line_webhook(House& house, async::Worker& worker,
                                                   guard::Pipeline& guards, telemetry::Log& log);

// Lives longer than the runner that has its kinds.
class LineUnit {
 public:
  LineUnit(House& house, const LineWorkerParts& parts);

  std::vector<jobs::JobKind> kinds() const;
  static std::vector<jobs::Periodic> periodic();

 private:
  http::ClientPool api_;
  channels::line::LineJobs jobs_;
};

// A JSON object: how the channel does.
std::string line_health_json(const House& house);
void add_line_gauges(const House& house, std::vector<exporters::Gauge>& gauges);

}  // namespace gatehouse::app
