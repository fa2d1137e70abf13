// Rows of the table of settings: the LINE channel.
#pragma once

#include <array>

#include "gatehouse/settings/setting.hpp"

namespace gatehouse::settings {

inline constexpr auto kLineRows = std::to_array<Setting>({
    {.key = "line.channel_secret",
     .type = Type::kSecret,
     .help =
         "Answers on LINE (docs/line.md): the channel secret of LINE's console, with which LINE "
         "signs its webhooks.",
     .environment = {"LINE_CHANNEL_SECRET"}},
    {.key = "line.channel_access_token",
     .type = Type::kSecret,
     .help = "The channel access token of LINE's console, with which LINE's API is asked.",
     .environment = {"LINE_CHANNEL_ACCESS_TOKEN"}},
    {.key = "line.networks",
     .type = Type::kPrefixes,
     .example = "147.92.128.0/17",
     .help = "Where webhooks may come from, by address or CIDR. LINE publishes no such list, and "
             "the signature is checked in any case. Unset: anywhere.",
     .environment = {"GATEHOUSE_LINE_NETWORKS"}},
    {.key = "line.skips_network_check",
     .type = Type::kBoolean,
     .fallback = "false",
     .help = "Takes webhooks from elsewhere, too, for trying things out. Never in production.",
     .environment = {"GATEHOUSE_LINE_SKIPS_NETWORK_CHECK"}},
    {.key = "line.api_url",
     .type = Type::kUrl,
     .fallback = "https://api.line.me",
     .help = "Where LINE's Messaging API is.",
     .environment = {"GATEHOUSE_LINE_API_URL"}},
    {.key = "line.call_timeout_ms",
     .type = Type::kInteger,
     .fallback = "10000",
     .help = "How long one call of LINE's API may take.",
     .environment = {"GATEHOUSE_LINE_CALL_TIMEOUT_MS"},
     .least = 100,
     .most = 60'000},
    {.key = "line.reply_token_ms",
     .type = Type::kInteger,
     .fallback = "50000",
     .help = "How long after a message it is answered by its reply token, which costs nothing; "
             "later answers are pushed. LINE promises a minute.",
     .environment = {"GATEHOUSE_LINE_REPLY_TOKEN_MS"},
     .least = 1000,
     .most = 60'000},
    {.key = "line.long_answers",
     .type = Type::kChoice,
     .fallback = "push",
     .help = "What becomes of an answer that takes longer than its reply token lives: it is "
             "pushed, which counts in the month's quota, or people are asked to tap for it.",
     .environment = {"GATEHOUSE_LINE_LONG_ANSWERS"},
     .choices = "push|ask"},
    {.key = "line.answer_max_characters",
     .type = Type::kInteger,
     .fallback = "20000",
     .help = "The longest answer, in UTF-16 units; the rest is left out with a word on it. A "
             "message holds 5,000 of them.",
     .environment = {"GATEHOUSE_LINE_ANSWER_MAX_CHARACTERS"},
     .least = 500,
     .most = 50'000},
});

}  // namespace gatehouse::settings
