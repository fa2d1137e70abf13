// Rows of the table of settings whose feature is not built yet. Ignoring a name that users already
// set would let them believe in a protection or a backend that isn't there.
#pragma once

#include <array>

#include "gatehouse/settings/setting.hpp"

namespace gatehouse::settings {

constexpr Setting later(std::string_view key, Type type, EnvironmentName name,
                        std::string_view feature, EnvironmentName second = {}) {
  return {.key = key,
          .type = type,
          .help = feature,
          .environment = {name, second},
          .status = Status::kLater};
}

// `help` names the feature, as the subject of "… is not built yet".
inline constexpr auto kLaterRows = std::to_array<Setting>({
    later("redis.url", Type::kSecret, "REDIS_URL", "shared state in Redis"),
    later("redis.enabled", Type::kBoolean, "USE_REDIS", "shared state in Redis"),
    later("redis.password", Type::kSecret, "REDIS_PASSWORD", "shared state in Redis"),
    later("jobs.broker_url", Type::kSecret, "CELERY_BROKER_URL", "the job queue"),
    later("jobs.result_url", Type::kSecret, "CELERY_RESULT_BACKEND", "the job queue"),
    later("database.url", Type::kSecret, "DATABASE_URL", "the PostgreSQL store"),
    later("n8n.webhook_url", Type::kSecret, "N8N_WEBHOOK_URL", "the n8n responder"),
    later("n8n.api_key", Type::kSecret, "N8N_API_KEY", "the n8n responder"),
    later("line.channel_secret", Type::kSecret, "LINE_CHANNEL_SECRET", "the LINE channel"),
    later("line.channel_access_token", Type::kSecret, "LINE_CHANNEL_ACCESS_TOKEN",
          "the LINE channel"),
    later("jwt.secret", Type::kSecret, "JWT_SECRET", "signing tokens for responders",
          "JWT_SECRET_KEY"),
    later("jwt.algorithm", Type::kText, "JWT_ALGORITHM", "signing tokens for responders"),
    later("jwt.expiration_hours", Type::kText, "JWT_EXPIRATION_HOURS",
          "signing tokens for responders"),
});

}  // namespace gatehouse::settings
