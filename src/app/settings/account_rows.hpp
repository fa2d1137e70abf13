// Rows of the table of settings: people who sign in.
#pragma once

#include <array>

#include "gatehouse/settings/setting.hpp"

namespace gatehouse::settings {

inline constexpr auto kAccountRows = std::to_array<Setting>({
    {.key = "accounts.cookie_name",
     .type = Type::kCookieName,
     .fallback = "gatehouse_account",
     .help = "The cookie of who has signed in; __Host- is put before it under TLS.",
     .environment = {"GATEHOUSE_ACCOUNTS_COOKIE_NAME"}},
    {.key = "accounts.idle_timeout_s",
     .type = Type::kInteger,
     .fallback = "1800",
     .help = "How long somebody stays signed in without doing anything.",
     .environment = {"GATEHOUSE_ACCOUNTS_IDLE_TIMEOUT_S"},
     .least = 60,
     .most = 31'536'000},
    {.key = "accounts.max_age_s",
     .type = Type::kInteger,
     .fallback = "86400",
     .help = "How long somebody stays signed in at most.",
     .environment = {"GATEHOUSE_ACCOUNTS_MAX_AGE_S"},
     .least = 60,
     .most = 31'536'000},
    {.key = "accounts.sessions_max",
     .type = Type::kInteger,
     .fallback = "5",
     .help = "In how many browsers somebody may be signed in at the same time.",
     .environment = {"GATEHOUSE_ACCOUNTS_SESSIONS_MAX"},
     .least = 1,
     .most = 1000},
    {.key = "accounts.when_full",
     .type = Type::kChoice,
     .fallback = "end_oldest",
     .help = "What happens with one more. end_oldest: the session that was used longest ago ends. "
             "refuse: it is not let in.",
     .environment = {"GATEHOUSE_ACCOUNTS_WHEN_FULL"},
     .choices = "end_oldest|refuse"},
    {.key = "accounts.token_algorithm",
     .type = Type::kChoice,
     .fallback = "EdDSA",
     .help = "What signs access tokens. EdDSA: others can check them by /.well-known/jwks.json. "
             "HS256: nobody but Gatehouse.",
     .environment = {"GATEHOUSE_ACCOUNTS_TOKEN_ALGORITHM"},
     .choices = "HS256|EdDSA"},
    {.key = "accounts.refresh_days",
     .type = Type::kInteger,
     .fallback = "30",
     .help = "How long the refresh tokens of one sign-in are good at most.",
     .environment = {"GATEHOUSE_ACCOUNTS_REFRESH_DAYS"},
     .least = 1,
     .most = 365},
    {.key = "accounts.refresh_idle_days",
     .type = Type::kInteger,
     .fallback = "14",
     .help = "How long a refresh token is good that nobody uses.",
     .environment = {"GATEHOUSE_ACCOUNTS_REFRESH_IDLE_DAYS"},
     .least = 1,
     .most = 365},
    {.key = "accounts.tokens_max",
     .type = Type::kInteger,
     .fallback = "20",
     .help = "With tokens of how many sign-ins somebody may go on at the same time. One more ends "
             "those that were refreshed longest ago.",
     .environment = {"GATEHOUSE_ACCOUNTS_TOKENS_MAX"},
     .least = 1,
     .most = 1000},
});

inline constexpr auto kAuditRows = std::to_array<Setting>({
    {.key = "audit.days",
     .type = Type::kInteger,
     .fallback = "365",
     .help = "How long records of the audit log are kept. 0: for ever.",
     .environment = {"GATEHOUSE_AUDIT_DAYS"},
     .most = 36'500},
    {.key = "audit.key_file",
     .type = Type::kPath,
     .help = "The key that signs its checkpoints; made if it isn't there. Unset: audit.key in the "
             "data folder. Keep it elsewhere, and who can write the data folder can't forge one.",
     .environment = {"GATEHOUSE_AUDIT_KEY_FILE"}},
});

inline constexpr auto kStoreRows = std::to_array<Setting>({
    {.key = "store.key_file",
     .type = Type::kPath,
     .help = "The keys that seal secrets in the store; made if the file isn't there. Unset: "
             "store.key in the data folder. Back it up apart from the store: without it what is "
             "sealed is lost, and with it it is readable.",
     .environment = {"GATEHOUSE_STORE_KEY_FILE"}},
});

}  // namespace gatehouse::settings
