// Any request: the library neither fails nor says anything unprintable.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gatehouse/firewall/core_rule_set.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gatehouse::firewall::CoreRuleSet;
  static const auto kRules = CoreRuleSet::open({.module_path = GATEHOUSE_FIREWALL_MODULE,
                                                .rules_folder = "/usr/share/modsecurity-crs/rules",
                                                .paranoia = 4,
                                                .reads_messages = true})
                                 .value();
  // The first line is the target, the second a header, the rest the body.
  const std::string text(data, data + size);
  const auto first = std::min(text.find('\n'), text.size());
  const auto second = std::min(text.find('\n', first + 1), text.size());
  const gatehouse::guard::FirewallRequest request{
      .method = "POST",
      .target = text.substr(0, first),
      .client = "192.0.2.1",
      .headers = {{"Host", "chat.example.com"},
                  {"Content-Type", "application/json"},
                  {"X-Any", first < second ? text.substr(first + 1, second - first - 1) : ""}},
      .body = second < text.size() ? text.substr(second + 1) : ""};
  for (const auto& hit : kRules->look_at_now(request).hits) {
    const bool is_printable =
        std::ranges::all_of(hit.evidence, [](char c) { return c >= ' ' && c <= '~'; });
    if (hit.points == 0 || !is_printable) std::abort();
  }
  return 0;
}
