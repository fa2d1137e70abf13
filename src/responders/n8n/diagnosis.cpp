#include "diagnosis.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"

namespace gatehouse::responders {
namespace {

constexpr std::array<std::string_view, 5> kPageBegins = {"<!doctype", "<html", "<head", "<body",
                                                         "<title"};
constexpr std::size_t kLongestBegin = 9;

struct Sign {
  std::uint16_t status;
  std::string_view words;  // in the body, in lower case; empty: whatever it says
  std::string_view diagnosis;
};

constexpr std::string_view kRefused =
    "The workflow refuses what it was sent: why stands beside this in the log.";

constexpr std::string_view kUnanswered =
    "The way that the workflow took has no Respond to Webhook node: add one at its end, or set "
    "Respond of the Webhook node to 'When Last Node Finishes'.";

// n8n's words, as its versions 1.x say them. The first that fits is taken.
constexpr std::array kSigns = std::to_array<Sign>({
    {400, "", kRefused},
    {401, "no token",
     "n8n asks for a JWT and got none: set JWT_SECRET to the passphrase of the Webhook node's JWT "
     "credential, and N8N_AUTH=jwt."},
    {401, "",
     "n8n asks for a credential and got none: set N8N_AUTH to what Authentication of the trigger "
     "says (basic, header or jwt)."},
    {403, "invalid signature",
     "The secrets differ: JWT_SECRET and the passphrase of the JWT credential in n8n must be the "
     "same."},
    {403, "jwt expired",
     "The token had expired when it came: the clocks of n8n and of this machine differ."},
    {403, "jwt not active",
     "The token is not valid yet: the clocks of n8n and of this machine differ."},
    {403, "invalid algorithm", "Set Algorithm of the JWT credential in n8n to HS256."},
    {403, "jwt",
     "n8n asks for a JWT and got another credential: set JWT_SECRET to the passphrase of the "
     "Webhook node's JWT credential, and N8N_AUTH=jwt."},
    {403, "ip is not",
     "n8n lets in only the addresses in IP(s) Whitelist of its trigger: add the one of this "
     "machine."},
    {403, "{\"error\"", kRefused},
    {403, "",
     "n8n refuses the credential: compare N8N_AUTH and what belongs to it (N8N_API_KEY and the "
     "header's name, user and password, JWT_SECRET) with the credential that the trigger names."},
    {404, "not registered for post", "Set HTTP Method of the workflow's Webhook node to POST."},
    {404, "cannot post",
     "This is n8n, but none of its webhooks: N8N_WEBHOOK_URL must be the trigger's Production URL, "
     "with its path."},
    {404, "",
     "No active workflow has this address: activate the workflow, and compare N8N_WEBHOOK_URL with "
     "its trigger's Production URL."},
    {422, "", kRefused},
    {405, "", "Set HTTP Method of the workflow's Webhook node to POST."},
    {413, "", "The message is larger than n8n takes: raise N8N_PAYLOAD_SIZE_MAX there."},
    {429, "", "n8n or a proxy before it takes no more requests at the moment."},
    {500, "no item to return", diagnosis::kNothing},
    {500, "no respond to webhook", kUnanswered},
    {500, "", diagnosis::kNodeFailed},
    {502, "", "The proxy before n8n can't reach it: is n8n running?"},
    {503, "", "n8n is starting, stopping or overloaded."},
    {504, "",
     "The proxy before n8n gave up waiting: raise its read timeout above the time the workflow "
     "takes, or let the workflow stream."},
});

constexpr std::string_view kTestUrl =
    "This is the trigger's Test URL, which works once after a click in the editor: set "
    "N8N_WEBHOOK_URL to its Production URL, and activate the workflow.";
constexpr std::string_view kPrivate =
    "The chat is not public: turn on Make Chat Publicly Available in the Chat Trigger.";
constexpr std::string_view kElsewhere =
    "The address leads elsewhere: set N8N_WEBHOOK_URL to where it leads, https or without a login "
    "before it.";
constexpr std::string_view kOther =
    "n8n didn't answer: open Executions there, and look whether the call has arrived.";

}  // namespace

bool looks_like_page(std::string_view text) {
  const auto head = to_lower_ascii(trim(text).substr(0, kLongestBegin));
  return std::ranges::any_of(kPageBegins, [&](auto begin) { return head.starts_with(begin); });
}

std::string_view diagnose_status(std::uint16_t status, std::string_view body,
                                 std::string_view path) {
  if (status >= 300 && status < 400) return kElsewhere;
  if (status == 404 && path.contains("/webhook-test/")) return kTestUrl;
  if (status == 404 && trim(body).empty()) return kPrivate;
  const auto said = to_lower_ascii(body);
  const auto* const sign = std::ranges::find_if(kSigns, [&](const Sign& each) {
    return each.status == status && (each.words.empty() || said.contains(each.words));
  });
  return sign == kSigns.end() ? kOther : sign->diagnosis;
}

}  // namespace gatehouse::responders
