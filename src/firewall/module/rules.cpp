#include "module/rules.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

namespace gatehouse::firewall {
namespace {

// Where Debian's package lets an operator keep exclusions.
constexpr std::string_view kOwnExclusions =
    "/etc/modsecurity/crs/REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf";

// Rules for other programs, for what the house does itself (reputation, floods), and for adding up
// the points, which is done outside.
constexpr auto kFilesLeftOut = std::to_array<std::string_view>(
    {"REQUEST-903.", "REQUEST-910-", "REQUEST-912-", "REQUEST-949-"});

// DetectionOnly, since the verdict is the guard's. The limits keep one request from taking a thread
// for seconds. `noauditlog` must not stand in the default actions: it hides hits as well.
constexpr std::string_view kBefore = R"(
SecRuleEngine DetectionOnly
SecAuditEngine Off
SecRequestBodyAccess On
SecResponseBodyAccess Off
SecRequestBodyLimit 8388608
SecRequestBodyNoFilesLimit 8388608
SecRequestBodyLimitAction ProcessPartial
SecRequestBodyJsonDepthLimit 64
SecArgumentsLimit 1000
SecPcreMatchLimit 20000
SecPcreMatchLimitRecursion 20000
SecDefaultAction "phase:1,log,pass"
SecDefaultAction "phase:2,log,pass"
SecRule REQUEST_HEADERS:Content-Type "@contains application/json" \
  "id:10000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQBODY_ERROR "!@eq 0" "id:10001,phase:2,t:none,pass,log,msg:'The body was not read'"
SecAction "id:10003,phase:1,t:none,pass,nolog,setvar:tx.crs_setup_version=334,\
  setvar:'tx.allowed_methods=GET HEAD POST PUT PATCH DELETE OPTIONS'"
)";

// 901321 would keep something of every client for ever; 920350 takes a numeric Host for half an
// attack, which server.hosts judges.
constexpr std::string_view kAfter = R"(
SecRule TX:/^MSC_/ "!@streq 0" "id:10002,phase:2,t:none,pass,log,msg:'A match was given up'"
SecRuleRemoveById 901321
SecRuleRemoveById 920350
)";

// What people and programs say in prose: the message guards look at that. The whole body goes with
// it, since a few rules read it raw; what else stands in it is among ARGS.
constexpr std::string_view kWithoutMessages = R"(
SecRuleUpdateTargetByTag "OWASP_CRS" "!ARGS:json.message"
SecRuleUpdateTargetByTag "OWASP_CRS" "!ARGS:/^json\.messages\./"
SecRuleUpdateTargetByTag "OWASP_CRS" "!ARGS:/^json\.tools\./"
SecRuleUpdateTargetByTag "OWASP_CRS" "!REQUEST_BODY"
)";

std::string paranoia_of(unsigned level) {
  return "SecAction \"id:10004,phase:1,t:none,pass,nolog,setvar:tx.paranoia_level=" +
         std::to_string(level) + "\"\n";
}

std::vector<std::string> rule_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    const bool is_left_out =
        std::ranges::any_of(kFilesLeftOut, [&](auto start) { return name.starts_with(start); });
    if (name.starts_with("REQUEST-") && name.ends_with(".conf") && !is_left_out)
      files.push_back(entry.path().string());
  }
  std::ranges::sort(files);
  return files;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::string load_rules(modsecurity::RulesSet& rules, const InspectorSettings& settings) {
  auto files = rule_files(settings.rules_folder);
  if (files.empty()) {
    return "there are no rules in " + settings.rules_folder +
           ". Install the package modsecurity-crs";
  }
  std::error_code error;
  if (std::filesystem::exists(kOwnExclusions, error))
    files.insert(files.begin(), std::string(kOwnExclusions));
  const auto load = [&](const std::string& text) { return rules.load(text.c_str()) >= 0; };
  bool is_loaded = load(std::string(kBefore) + paranoia_of(settings.paranoia));
  for (const auto& file : files) is_loaded = is_loaded && rules.loadFromUri(file.c_str()) >= 0;
  is_loaded = is_loaded && load(std::string(kAfter));
  if (!settings.reads_messages) is_loaded = is_loaded && load(std::string(kWithoutMessages));
  if (is_loaded) return {};
  return "the rules can't be read: " + first_line(rules.getParserError()) +
         ". Mend or reinstall them (package modsecurity-crs)";
}

}  // namespace gatehouse::firewall
