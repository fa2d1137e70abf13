// The rules of the reply stage: what no reply may carry out of the house, compiled from files.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/guard/rule_document.hpp"

namespace gatehouse::guard {

struct ReplyRuleTable;

enum class ReplyMode : std::uint8_t { kEnforce, kObserve, kOff };

// What a site makes of the rules. Off leaves the bounds of size and form, which always hold.
struct ReplyOptions {
  ReplyMode mode = ReplyMode::kEnforce;
  ReplyMode personal = ReplyMode::kObserve;  // the rules of the group "personal"
  ReplyMode html = ReplyMode::kObserve;      // those of the group "html"
  // Hosts in lower case, "*.example.com" for all below one, "*" for any. Empty: links go anywhere,
  // images nowhere.
  std::vector<std::string> link_hosts;
  std::vector<std::string> words;  // masked wherever they stand alone, in capitals or not
  std::vector<Secret> canaries;    // planted where only a leak can bring them out: the reply is cut
};

// One immutable snapshot, shared by all workers; a stream keeps the one it began with.
class ReplyRules {
 public:
  // The error names file and line, or the setting, and says what to do.
  static Result<std::shared_ptr<const ReplyRules>> compile(std::span<const RuleFile> files,
                                                           const ReplyOptions& options);
  ~ReplyRules();

  // What is enforced holds bytes back; what is only observed never does.
  const ReplyRuleTable& enforced() const { return *enforced_; }
  const ReplyRuleTable& observed() const { return *observed_; }

  struct Example {
    std::string rule;
    std::string text;
    bool is_match = false;
    std::string place;  // "rules/reply/secrets.toml:12"
  };
  // What the files say must match and must not: their own tests.
  static Result<std::vector<Example>> examples(std::span<const RuleFile> files);

 private:
  ReplyRules();
  std::unique_ptr<ReplyRuleTable> enforced_;
  std::unique_ptr<ReplyRuleTable> observed_;
};

}  // namespace gatehouse::guard
