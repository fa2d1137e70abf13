// The guards of the request stage: each one check on a request's head.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "gatehouse/guard/crawler_checks.hpp"
#include "gatehouse/guard/policy.hpp"
#include "gatehouse/guard/request_view.hpp"
#include "gatehouse/guard/verdict.hpp"

namespace gatehouse::guard {

// One check. Never throws, never waits, allocates only to tell why it refuses. Immutable; safe from
// any thread.
class RequestGuard {
 public:
  virtual ~RequestGuard() = default;
  virtual Verdict check(const RequestView& request, const Policy& policy) const noexcept = 0;
};

using RequestGuards = std::vector<std::unique_ptr<RequestGuard>>;

// All of them in the order they run: cheapest and most certain first. `crawlers` outlives them;
// null: no crawler is verified.
RequestGuards make_request_guards(CrawlerChecks* crawlers = nullptr);

// What they say together: the first refusal, or nothing. All else goes into the trail.
std::optional<Verdict> decide_request(const RequestView& request, const RequestGuards& guards,
                                      const Policy& policy, Trail& trail);

// The single guards, for the table above and for tests.
std::unique_ptr<RequestGuard> make_host_guard();
std::unique_ptr<RequestGuard> make_content_type_guard();
std::unique_ptr<RequestGuard> make_size_guard();
std::unique_ptr<RequestGuard> make_origin_guard();
std::unique_ptr<RequestGuard> make_bot_guard(CrawlerChecks* crawlers = nullptr);

}  // namespace gatehouse::guard
