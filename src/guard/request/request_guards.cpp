#include "gatehouse/guard/request_guards.hpp"

namespace gatehouse::guard {

RequestGuards make_request_guards(CrawlerChecks* crawlers) {
  RequestGuards guards;
  // A request for another host is not for us at all: nothing else about it counts.
  guards.push_back(make_host_guard());
  // Facts of the head, certain and free to check. Method and path are settled by the table of
  // routes before.
  guards.push_back(make_content_type_guard());
  guards.push_back(make_size_guard());
  // Where it comes from, as browsers tell and pages can't forge.
  guards.push_back(make_origin_guard());
  // Last, since it guesses.
  guards.push_back(make_bot_guard(crawlers));
  return guards;
}

std::optional<Verdict> decide_request(const RequestView& request, const RequestGuards& guards,
                                      const Policy& policy, Trail& trail) {
  for (const auto& guard : guards) {
    Verdict verdict = guard->check(request, policy);
    if (verdict.action == Action::kAllow) [[likely]]
      continue;
    trail.add(verdict);
    if (verdict.ends_the_run()) return verdict;
  }
  return std::nullopt;
}

}  // namespace gatehouse::guard
