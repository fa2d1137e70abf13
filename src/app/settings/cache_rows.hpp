// Rows of the table of settings: answers that are kept to be given again.
#pragma once

#include <array>

#include "gatehouse/settings/setting.hpp"

namespace gatehouse::settings {

inline constexpr auto kCacheRows = std::to_array<Setting>({
    {.key = "cache.answers",
     .type = Type::kChoice,
     .fallback = "deterministic",
     .help = "Which answers are kept and given again to the same question. deterministic: those "
             "asked for with temperature 0, and those from documents; all: what models answer "
             "otherwise, too. What n8n answers is never kept.",
     .environment = {"GATEHOUSE_CACHE_ANSWERS"},
     .choices = "off|deterministic|all"},
    {.key = "cache.scope",
     .type = Type::kChoice,
     .fallback = "principal",
     .help = "Who is given them: the session, key or account that asked, or all of the site.",
     .environment = {"GATEHOUSE_CACHE_SCOPE"},
     .choices = "principal|site"},
    {.key = "cache.lifetime_s",
     .type = Type::kInteger,
     .fallback = "21600",
     .help = "How long an answer is given again.",
     .environment = {"GATEHOUSE_CACHE_LIFETIME"},
     .least = 1,
     .most = 31'536'000},
    {.key = "cache.memory_bytes",
     .type = Type::kInteger,
     .fallback = "33554432",
     .help = "What they may take in memory; none is taken before there are some.",
     .environment = {"GATEHOUSE_CACHE_MEMORY_BYTES"},
     .most = 68'719'476'736},
    {.key = "cache.disk_bytes",
     .type = Type::kInteger,
     .fallback = "268435456",
     .help = "What they may take in replies.db in the data folder, compressed and sealed. 0: they "
             "are kept in memory only.",
     .environment = {"GATEHOUSE_CACHE_DISK_BYTES"},
     .most = 1'099'511'627'776},
});

}  // namespace gatehouse::settings
