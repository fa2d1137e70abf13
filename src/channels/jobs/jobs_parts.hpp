// What the handlers of jobs do alike.
#pragma once

#include <string>
#include <string_view>

#include "gatehouse/channels/jobs/jobs_channel.hpp"
#include "gatehouse/http/json_response.hpp"
#include "gatehouse/http/problem.hpp"

namespace gatehouse::channels {

using SharedJobsParts = std::shared_ptr<const JobsParts>;
using JobsRequest = guard::Admitted<http::Request>;

// What a handler needs of a request after it has waited.
struct JobsVisit {
  std::string request_id;
  IpAddress client;
  Principal principal;
  std::string job_id;  // of the path

  bool is_operator() const {
    return principal.kind == Principal::Kind::kAccount && principal.role == Role::kOperator;
  }
};
JobsVisit jobs_visit_of(const http::Request& request);

Error only_operators();
// The job, for its owner or an operator. kNotFound for anybody else.
async::Task<Result<jobs::Job>> find_job(SharedJobsParts parts, JobsVisit visit);
// Why attempts failed is for operators: it may tell of the inside.
std::string to_json(const jobs::Job& job, bool is_for_operator);
void send_refusal(const JobsParts& parts, http::ResponseWriter& writer, const Error& error,
                  const JobsVisit& visit);

std::unique_ptr<JobsHandler> make_list_jobs(SharedJobsParts parts);
std::unique_ptr<JobsHandler> make_start_job(SharedJobsParts parts);
std::unique_ptr<JobsHandler> make_read_job(SharedJobsParts parts);
std::unique_ptr<JobsHandler> make_job_events(SharedJobsParts parts);
std::unique_ptr<JobsHandler> make_cancel_job(SharedJobsParts parts);
std::unique_ptr<JobsHandler> make_requeue_job(SharedJobsParts parts);

}  // namespace gatehouse::channels
