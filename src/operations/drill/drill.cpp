// The order of the families, and what is told of them.
#include "gatehouse/operations/drill.hpp"

#include <algorithm>

#include "attack.hpp"

namespace gatehouse::operations {
namespace {

struct Family {
  std::string_view name;
  Attacks (*attacks)();
};

// What gets an address banned stands behind what doesn't, and floods come last of all.
constexpr Family kFamilies[] = {
    {"headers", header_attacks},   {"cors", cors_attacks},           {"origin", origin_attacks},
    {"methods", method_attacks},   {"session", session_attacks},     {"leaks", leak_attacks},
    {"bodies", body_attacks},      {"smuggling", smuggling_attacks}, {"tokens", token_attacks},
    {"payloads", payload_attacks}, {"prompt", prompt_attacks},       {"replay", replay_attacks},
    {"slow", slow_attacks},        {"limits", limit_attacks},
};

constexpr std::size_t kSeenCharacters = 60;

// A server may have said anything: what isn't plain becomes a question mark.
std::string shortened(std::string text) {
  text.resize(std::min(text.size(), kSeenCharacters));
  std::ranges::replace_if(text, [](char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

bool holds(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_wanted(const DrillOptions& options, std::string_view family) {
  return options.only.empty() || holds(options.only, family);
}

Result<http::Upstream> read_url(const std::string& url) {
  auto server = http::Upstream::parse(url);
  if (!server) return fail(ErrorCode::kInvalid, url + " " + server.error().client_message);
  if (!server->base_path.empty())
    return fail(ErrorCode::kInvalid, url +
                                         " must not have a path. Write it like "
                                         "https://chat.example.com.");
  return server;
}

Result<void> check_families(const DrillOptions& options) {
  const auto known = drill_families();
  for (const auto& name : options.only) {
    if (holds(known, name)) continue;
    std::string list;
    for (const auto family : known) list.append(list.empty() ? "" : ", ").append(family);
    return fail(ErrorCode::kInvalid, "There is no family '" + name + "', only " + list + ".");
  }
  return {};
}

void run_family(const Family& family, Target& target, DrillReport& report) {
  for (const auto& attack : family.attacks()) {
    DrillRow row{.family = family.name,
                 .id = attack.id,
                 .tries = attack.tries,
                 .severity = attack.severity,
                 .next_step = attack.next_step};
    Finding finding = skipped("the server has shut the drill out");
    if (target.options().is_gentle && attack.pace != Pace::kGentle) {
      finding = skipped("not when gentle");
    } else if (!report.was_banned) {
      target.tell(std::string(family.name) + ": " + attack.id);
      finding = attack.run(target);
      report.was_banned = target.is_shut_out();
    }
    row.verdict = finding.verdict;
    row.seen = shortened(std::move(finding.seen));
    report.rows.push_back(std::move(row));
  }
}

}  // namespace

std::vector<std::string_view> drill_families() {
  std::vector<std::string_view> names;
  for (const auto& family : kFamilies) names.push_back(family.name);
  return names;
}

Result<DrillReport> run_drill(const DrillOptions& options, const Clock& clock,
                              const DrillProgress& progress) {
  auto server = read_url(options.url);
  if (!server) return std::unexpected(server.error());
  if (const auto checked = check_families(options); !checked)
    return std::unexpected(checked.error());
  auto tls = net::TlsContext::for_client(options.authorities_path);
  if (!tls) return std::unexpected(tls.error());
  const TimePoint start = clock.now();
  Wire wire(clock, std::move(*server), std::move(*tls));
  if (options.upstream_port != 0) {
    if (const auto opened = wire.open_upstream(options.upstream_port); !opened)
      return std::unexpected(opened.error());
  }
  Target target(wire, clock, options, progress);
  if (const auto found = target.survey(); !found) return std::unexpected(found.error());
  DrillReport report{.url = options.url, .is_gentle = options.is_gentle};
  for (const auto& family : kFamilies) {
    if (is_wanted(options, family.name)) run_family(family, target, report);
  }
  report.requests = target.requests();
  report.duration_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - start).count());
  return report;
}

}  // namespace gatehouse::operations
