// What the channel's jobs are made of.
#pragma once

#include <memory>

#include "gatehouse/channels/line/line_channel.hpp"

namespace gatehouse::channels::line {

using SharedParts = std::shared_ptr<const LineJobParts>;

std::unique_ptr<jobs::JobHandler> make_answer_job(SharedParts parts);
std::unique_ptr<jobs::JobHandler> make_send_job(SharedParts parts);
std::unique_ptr<jobs::JobHandler> make_quota_job(SharedParts parts);

}  // namespace gatehouse::channels::line
