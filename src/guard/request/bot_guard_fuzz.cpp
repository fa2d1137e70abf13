// Any head as one that opens a session: the guard says one thing, in bounds, and the same again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gatehouse/guard/request_guards.hpp"

namespace {

using namespace gatehouse;  // NOLINT: a program of one file

bool bit(std::uint8_t byte, unsigned at) { return ((byte >> at) & 1U) != 0; }

guard::RequestView request_of(const std::uint8_t* flags, std::string_view text,
                              const guard::RouteRules& route) {
  guard::RequestView request;
  request.method = "POST";
  request.changes_state = true;
  request.route = &route;
  request.is_secure = bit(flags[0], 0);
  request.fetch_site = bit(flags[0], 1) ? "same-origin" : "";
  request.client = IpAddress::from_v4(bit(flags[0], 2) ? 0x08080808U : 0x7F000001U);
  request.browser = {.has_accept = bit(flags[1], 0),
                     .has_accept_language = bit(flags[1], 1),
                     .has_accept_encoding = bit(flags[1], 2),
                     .has_client_hints = bit(flags[1], 3),
                     .is_order_known = bit(flags[1], 4),
                     .is_host_first = bit(flags[1], 5),
                     .is_language_before_encoding = bit(flags[1], 6)};
  request.tls = {.is_known = bit(flags[2], 0),
                 .offers_http2 = bit(flags[2], 1),
                 .offers_tls13 = bit(flags[2], 2),
                 .has_grease = bit(flags[2], 3)};
  text.copy(request.tls.ja4.data(), request.tls.ja4.size());
  request.user_agent = text;
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kFlags = 4;
  if (size < kFlags) return 0;
  static const SystemClock kClock;
  static guard::CrawlerChecks crawlers(kClock, 1);
  static const auto kGuard = guard::make_bot_guard(&crawlers);
  const guard::RouteRules route{.endpoint = guard::EndpointClass::kSession};
  const std::string_view text(reinterpret_cast<const char*>(data) + kFlags, size - kFlags);
  const auto request = request_of(data, text, route);
  guard::Policy policy;
  policy.bots = static_cast<guard::BotPolicy>(data[3] % 4);
  policy.ja4_denied = {"t13d1516h2_8daaf6152771_e5627efa2ab1"};
  const auto verdict = kGuard->check(request, policy);
  const auto again = kGuard->check(request, policy);
  if (verdict.rule != again.rule || verdict.action != again.action) std::abort();
  if (verdict.evidence.size() > 200 || verdict.score > 1000) std::abort();
  if (verdict.rule.empty() != (verdict.action == guard::Action::kAllow)) std::abort();
  const bool is_listed = verdict.rule == "bot.ja4";
  if (policy.bots == guard::BotPolicy::kOff && !verdict.rule.empty() && !is_listed) std::abort();
  const bool denies = policy.bots == guard::BotPolicy::kDeny || is_listed;
  if ((verdict.action == guard::Action::kDeny) != (denies && !verdict.rule.empty())) std::abort();
  return 0;
}
