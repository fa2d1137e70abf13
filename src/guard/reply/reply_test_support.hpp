// What tests, the bench and the fuzzer of the reply stage share.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "gatehouse/guard/policy.hpp"
#include "gatehouse/guard/reply_rules.hpp"
#include "gatehouse/guard/reply_scanner.hpp"
#include "opener_scan.hpp"

namespace gatehouse::guard {

// The rules that ship, in the order of their names.
inline std::vector<RuleFile> reply_rule_files() {
  std::vector<RuleFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(GATEHOUSE_RULES "/reply")) {
    std::ifstream in(entry.path());
    files.push_back({entry.path().filename().string(),
                     {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}});
  }
  std::ranges::sort(files, {}, &RuleFile::name);
  return files;
}

inline Policy reply_policy(const ReplyOptions& options = {}) {
  Policy policy;
  policy.reply_rules = ReplyRules::compile(reply_rule_files(), options).value();
  return policy;
}

// What comes out of one text in the given pieces, and the rule of the cut if there was one.
struct ReplyText {
  std::vector<std::string> pieces;  // what was written after each piece, and after the end
  std::string cut;

  std::string all() const {
    std::string text;
    for (const auto& piece : pieces) text += piece;
    return text + (cut.empty() ? "" : "|" + cut);
  }
};

inline ReplyText scan_pieces(const Policy& policy, std::span<const std::string> pieces) {
  ReplyScanner scanner(policy);
  ReplyText out;
  for (std::string piece : pieces) {
    scanner.scan(0, 0, piece);
    out.pieces.push_back(piece);
  }
  std::string rest;
  scanner.finish(0, 0, rest);
  out.pieces.push_back(rest);
  if (scanner.verdict()) out.cut = scanner.verdict()->rule;
  return out;
}

inline std::string scan_text(const Policy& policy, const std::string& text) {
  return scan_pieces(policy, {&text, 1}).all();
}

// The rules that find something in a text that is whole.
inline std::vector<std::string> rules_found(const Policy& policy, std::string text) {
  struct Sink final : FindingSink {
    void found(const ReplyRule& rule) override { ids.push_back(rule.id); }
    std::vector<std::string> ids;
  } sink;
  OpenerScan().observe(policy.reply_rules->observed(), text, true, sink);
  OpenerScan().enforce(policy.reply_rules->enforced(), text, true, sink);
  return sink.ids;
}

}  // namespace gatehouse::guard
