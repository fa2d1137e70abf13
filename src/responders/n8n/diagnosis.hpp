// What is set up wrong in n8n, in words for the operator.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::responders {

// Why there is no answer. It is told in the log and in health, so there is nothing secret in it.
struct N8nFault {
  std::string_view diagnosis;  // static: what is wrong, and what to do about it in n8n
  std::string detail = {};     // for the log alone
};

// Of a response that is no answer. `path` is where it was asked.
std::string_view diagnose_status(std::uint16_t status, std::string_view body,
                                 std::string_view path);

// A page is none that anybody should see: not the editor's, and not a proxy's.
bool looks_like_page(std::string_view text);

namespace diagnosis {

inline constexpr std::string_view kPage =
    "A web page came instead of an answer: N8N_WEBHOOK_URL must be the trigger's Production URL, "
    "not the address of the editor, of the chat page or of a login before it.";
inline constexpr std::string_view kStartedOnly =
    "The workflow answers before it has run: set Respond of its Webhook node (Response Mode of its "
    "Chat Trigger) to 'When Last Node Finishes', 'Using Respond to Webhook Node' or 'Streaming'.";
inline constexpr std::string_view kNothing =
    "The workflow ended without an answer: its last node, or its Respond to Webhook node, must "
    "give a text named output, text or message.";
inline constexpr std::string_view kUnnamed =
    "The workflow's answer has no member named output, text or message: name the text so in its "
    "last node.";
inline constexpr std::string_view kSilentStream =
    "The workflow streams, but none of its nodes does: turn on Enable Streaming in the options of "
    "its agent node, or of Respond to Webhook.";
inline constexpr std::string_view kNodeFailed =
    "A node of the workflow failed: open Executions in n8n, the last one names it.";
inline constexpr std::string_view kBrokeOff =
    "The workflow's stream ended before its answer did: open Executions in n8n and see whether the "
    "last one was stopped or timed out.";
inline constexpr std::string_view kNotText =
    "The workflow's answer is neither JSON nor text that can be read.";
inline constexpr std::string_view kTooLarge = "The workflow's answer is larger than 8 MiB.";
inline constexpr std::string_view kNoStream =
    "The workflow answers whole, though n8n.streams is yes: set the response mode of its trigger "
    "to 'Streaming'.";

}  // namespace diagnosis
}  // namespace gatehouse::responders
