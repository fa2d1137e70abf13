// Rows of the table of settings whose feature is not built yet. Ignoring a name that users already
// set would let them believe in a protection or a backend that isn't there.
#pragma once

#include <array>

#include "gatehouse/settings/setting.hpp"

namespace gatehouse::settings {

constexpr Setting later(std::string_view key, Type type, EnvironmentName name,
                        std::string_view feature) {
  return {
      .key = key, .type = type, .help = feature, .environment = {name}, .status = Status::kLater};
}

// `help` names the feature, as the subject of "… is not built yet".
inline constexpr auto kLaterRows = std::to_array<Setting>({
    later("redis.url", Type::kSecret, "REDIS_URL", "shared state in Redis"),
    later("redis.enabled", Type::kBoolean, "USE_REDIS", "shared state in Redis"),
    later("redis.password", Type::kSecret, "REDIS_PASSWORD", "shared state in Redis"),
    later("jobs.broker_url", Type::kSecret, "CELERY_BROKER_URL", "the job queue"),
    later("jobs.result_url", Type::kSecret, "CELERY_RESULT_BACKEND", "the job queue"),
    later("database.url", Type::kSecret, "DATABASE_URL", "the PostgreSQL store"),
});

}  // namespace gatehouse::settings
