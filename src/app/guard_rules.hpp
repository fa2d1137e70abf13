// The rules of the guard, compiled: those in the binary, or a folder of the operator's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gatehouse/base/secret.hpp"
#include "gatehouse/guard/message_rules.hpp"
#include "gatehouse/guard/reply_rules.hpp"
#include "gatehouse/settings/settings.hpp"

namespace gatehouse::app {

struct GuardRules {
  std::shared_ptr<const guard::MessageRules> message;
  std::shared_ptr<const guard::ReplyRules> reply;
  std::string fingerprint;  // of the rules' files
};

// `planted`: canaries beside those of the settings. Errors name file and line, or the setting.
// Takes a second or two for rules that are not in the binary: not for a worker's thread.
Result<GuardRules> load_guard_rules(const settings::GuardSettings& settings,
                                    const std::vector<Secret>& planted = {});

// The same for the same settings and rules; another when answers may be let out or be asked for
// that were not before, or the other way round.
std::string policy_fingerprint(const settings::Settings& settings, const GuardRules& rules);

// What recordings hide: secrets and personal data, whatever the settings let replies tell.
Result<std::shared_ptr<const guard::ReplyRules>> load_masks(
    const settings::GuardSettings& settings);

}  // namespace gatehouse::app
