// Rows of the table of settings: conversations and the widget.
#pragma once

#include <array>

#include "gatehouse/settings/setting.hpp"

namespace gatehouse::settings {

inline constexpr auto kChatRows = std::to_array<Setting>({
    {.key = "chat.message_max_characters",
     .type = Type::kInteger,
     .fallback = "10000",
     .help = "The longest message.",
     .environment = {"GATEHOUSE_MESSAGE_MAX_CHARACTERS"},
     .least = 1,
     .most = 1'000'000},
    {.key = "chat.reply_max_bytes",
     .type = Type::kInteger,
     .fallback = "1048576",
     .help = "The longest reply; a longer one is cut.",
     .environment = {"GATEHOUSE_REPLY_MAX_BYTES"},
     .least = 1024,
     .most = 67'108'864},
    {.key = "chat.resume_grace_ms",
     .type = Type::kInteger,
     .fallback = "30000",
     .help = "How long a reply goes on after its last reader left.",
     .environment = {"GATEHOUSE_RESUME_GRACE_MS"},
     .most = 3'600'000},
    {.key = "chat.conversation_days",
     .type = Type::kInteger,
     .fallback = "7",
     .help = "How long a conversation is kept after its last message.",
     .environment = {"GATEHOUSE_CONVERSATION_DAYS"},
     .least = 1,
     .most = 3650},
    {.key = "chat.heartbeat_ms",
     .type = Type::kInteger,
     .fallback = "15000",
     .help = "How often a silent event stream shows that it lives.",
     .environment = {"GATEHOUSE_HEARTBEAT_MS"},
     .least = 1000,
     .most = 600'000},
    {.key = "chat.stream_queue_bytes",
     .type = Type::kInteger,
     .fallback = "262144",
     .help = "What may wait for a slow reader of a stream before it is closed.",
     .environment = {"GATEHOUSE_STREAM_QUEUE_BYTES"},
     .least = 4096,
     .most = 67'108'864},
    {.key = "chat.history_messages",
     .type = Type::kInteger,
     .fallback = "20",
     .help = "How many earlier messages of a conversation a responder is given.",
     .environment = {"GATEHOUSE_HISTORY_MESSAGES"},
     .most = 1000},
    {.key = "chat.instructions",
     .type = Type::kPath,
     .example = "./instructions.md",
     .help = "A file with what models are told before each conversation, at most 32 KiB. A canary "
             "is planted in it: a reply that repeats it is cut.",
     .environment = {"GATEHOUSE_INSTRUCTIONS"}},
    {.key = "chat.seals_texts",
     .type = Type::kBoolean,
     .fallback = "false",
     .help = "Seals the texts of conversations in the store under the keys of store.key_file, from "
             "now on; `gatehouse keys rotate --at-rest` brings those of before to it.",
     .environment = {"GATEHOUSE_CHAT_SEALS_TEXTS"}},
});

inline constexpr auto kWidgetRows = std::to_array<Setting>({
    {.key = "widget.title",
     .type = Type::kText,
     .fallback = "Gatehouse",
     .help = "The name over the chat and on the start page.",
     .environment = {"GATEHOUSE_WIDGET_TITLE"}},
    {.key = "widget.welcome",
     .type = Type::kText,
     .fallback = "How can I help?",
     .help = "What the chat window says first.",
     .environment = {"GATEHOUSE_WIDGET_WELCOME"}},
    {.key = "widget.suggestions",
     .type = Type::kSentences,
     .example = "What can you do?",
     .help = "Questions that a visitor can pick, 8 at most; in the environment with | between.",
     .environment = {"GATEHOUSE_WIDGET_SUGGESTIONS"},
     .most = 8},
});

}  // namespace gatehouse::settings
