#include "explain_command.hpp"

#include <filesystem>

#include "data_files.hpp"
#include "gatehouse/guard/escalation.hpp"
#include "gatehouse/store/sqlite/explanations.hpp"

namespace gatehouse::app {
namespace {

std::string verb_of(std::string_view action) {
  if (action == "deny") return "refused";
  if (action == "throttle") return "refused for the moment";
  if (action == "cut") return "answered, and cut where its budget ended";
  if (action == "challenge") return "asked for a proof of work";
  return "flagged and let in";
}

std::string advice_for(const guard::Explanation& explanation) {
  const std::string& rule = explanation.rule;
  if (rule.starts_with("limit."))
    return "The limits stand in docs/guard-limits.md; settings limits.* change them.";
  if (rule == guard::Escalation::kBanRule)
    return "`gatehouse bans remove " + explanation.client + "` lifts the ban.";
  if (rule == "host.unknown") return "GATEHOUSE_HOSTS names further hosts that are answered.";
  if (rule.starts_with("origin.")) return "ALLOWED_ORIGINS names the sites that may ask.";
  if (rule == "waf.unscanned")
    return "guard.waf_timeout_ms and guard.scan_max_bytes bound it, guard.unscanned judges it.";
  if (explanation.path.empty() || rule.starts_with("waf."))
    return "To let the like through, observe the rule: guard.observe = [\"" + rule + "\"].";
  return {};
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  constexpr std::size_t kNameWidth = 12;
  out.append("  ").append(name).append(kNameWidth - name.size(), ' ').append(value).append("\n");
}

std::string text_of(const guard::Explanation& each) {
  std::string out = each.request_id + " was " + verb_of(each.action) + ".\n";
  append_line(out, "when", to_rfc3339(each.at));
  append_line(out, "from", each.client + (each.principal.empty() ? "" : ", " + each.principal));
  append_line(out, "path", each.path);
  append_line(out, "rule", each.rule + ", score " + std::to_string(each.score) + " of 1000");
  append_line(out, "seen", each.evidence);
  append_line(out, "trail", each.trail);
  append_line(out, "told", each.told);
  append_line(out, "policy", "read " + each.policy);
  append_line(out, "next", advice_for(each));
  return out;
}

}  // namespace

settings::CommandResult explain(const std::string& data_dir, const std::string& request_id) {
  const std::string path = explanations_path(data_dir);
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return settings::refused("There are no explanations in " + data_dir +
                             ": name the server's folder with --data-dir.");
  const auto found = store::sqlite::Explanations::find(path, request_id);
  if (!found) return settings::refused(found.error().for_log());
  if (found->empty()) {
    return {"Nothing is known of " + request_id +
                ": it was let in without a flag, is still being written (2 seconds), was one of "
                "very many alike, or is long past.\n",
            1};
  }
  std::string text;
  for (const auto& each : *found) text += (text.empty() ? "" : "\n") + text_of(each);
  return {text};
}

}  // namespace gatehouse::app
