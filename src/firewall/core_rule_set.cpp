#include "gatehouse/firewall/core_rule_set.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <utility>

#include "gatehouse/telemetry/redact.hpp"
#include "inspector.hpp"

namespace gatehouse::firewall {
namespace {

constexpr std::size_t kMaxMatchBytes = 80;

std::string off_switch() { return ", or set guard.waf = \"off\"."; }

Result<OpenInspector> load_module(const std::string& path) {
  // Its libraries keep threads and tables of their own, so they are never unloaded.
  void* const module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (module == nullptr) {
    return fail(ErrorCode::kUnavailable,
                "guard.waf: the firewall can't be loaded (" + std::string(dlerror()) +
                    "). Install the package libmodsecurity3" + off_switch());
  }
  void* const symbol = dlsym(module, kOpenInspector);
  if (symbol == nullptr) {
    return fail(
        ErrorCode::kUnavailable,
        "guard.waf: " + path + " is not of this Gatehouse. Install both together" + off_switch());
  }
  return reinterpret_cast<OpenInspector>(symbol);
}

// What is written down is printable ASCII, whatever a client has sent.
std::string shown(std::string_view text) {
  std::string out = telemetry::redact(text.substr(0, kMaxMatchBytes));
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

// Rules log "Matched Data: <match> found within <variable>: <whole value>": the value is left out,
// and so is a match within a credential.
std::string evidence_of(const RuleHit& hit) {
  constexpr std::string_view kOpening = "Matched Data: ";
  constexpr std::string_view kMiddle = " found within ";
  const std::string_view data = hit.data;
  const auto middle = data.find(kMiddle);
  if (!data.starts_with(kOpening) || middle == std::string_view::npos) return shown(hit.message);
  const auto match = data.substr(kOpening.size(), middle - kOpening.size());
  const auto place = data.substr(middle + kMiddle.size());
  const auto variable = place.substr(0, place.find(": "));
  std::string evidence = shown(hit.message) + " in " + shown(variable);
  if (!telemetry::names_a_secret(variable)) evidence += ": " + shown(match);
  return evidence;
}

}  // namespace

Result<std::unique_ptr<CoreRuleSet>> CoreRuleSet::open(CoreRuleSetSettings settings) {
  const auto open_inspector = load_module(settings.module_path);
  if (!open_inspector) return std::unexpected(open_inspector.error());
  std::unique_ptr<Inspector> inspector;
  std::string problem;
  (*open_inspector)({.rules_folder = settings.rules_folder,
                     .paranoia = settings.paranoia,
                     .reads_messages = settings.reads_messages},
                    inspector, problem);
  if (!inspector) return fail(ErrorCode::kUnavailable, "guard.waf: " + problem + off_switch());
  return std::unique_ptr<CoreRuleSet>(new CoreRuleSet(settings, std::move(inspector)));
}

CoreRuleSet::CoreRuleSet(const CoreRuleSetSettings& settings, std::unique_ptr<Inspector> inspector)
    : patience_(settings.patience),
      inspector_(std::move(inspector)),
      lane_("firewall", settings.threads, settings.queue_limit) {}

CoreRuleSet::~CoreRuleSet() = default;

std::string_view CoreRuleSet::name_of(int rule) {
  const std::lock_guard lock(names_mutex_);
  const auto [place, is_new] = names_.try_emplace(rule);
  if (is_new) place->second = "waf." + std::to_string(rule);
  return place->second;
}

guard::FirewallReport CoreRuleSet::look_at_now(const guard::FirewallRequest& request) {
  const Inspection found = inspector_->inspect(request);
  guard::FirewallReport report{.hits = {}, .unscanned = found.unscanned};
  for (const auto& hit : found.hits) {
    const auto rule = name_of(hit.rule);
    // One rule that matches in several places is one finding, and counts once.
    const auto seen = std::ranges::find(report.hits, rule, &guard::FirewallHit::rule);
    if (seen != report.hits.end()) continue;
    report.hits.push_back({.rule = rule,
                           .points = static_cast<std::uint16_t>(hit.points),
                           .evidence = evidence_of(hit)});
  }
  return report;
}

async::Task<guard::FirewallReport> CoreRuleSet::look_at(async::Worker& home,
                                                        guard::FirewallRequest request) {
  auto look = [this, request = std::move(request)]() -> Result<guard::FirewallReport> {
    return look_at_now(request);
  };
  auto report = co_await lane_.run_until(home, home.in(patience_), std::move(look));
  if (report) co_return std::move(*report);
  const bool is_late = report.error().code == ErrorCode::kDeadlineExceeded;
  co_return guard::FirewallReport{
      .hits = {}, .unscanned = is_late ? "it took too long" : "too many requests wait for it"};
}

}  // namespace gatehouse::firewall
