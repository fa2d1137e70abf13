// Port: where records are put that change nothing else.
#pragma once

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/audit/event.hpp"
#include "gatehouse/base/error.hpp"

namespace gatehouse::audit {

class Log {
 public:
  virtual ~Log() = default;
  // Durable when it returns.
  virtual async::Task<Result<void>> append(async::Worker& home, Event event) = 0;
};

}  // namespace gatehouse::audit
