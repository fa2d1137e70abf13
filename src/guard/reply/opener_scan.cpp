#include "opener_scan.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

// How many bytes of the opener stand at `at`; nothing when one differs.
std::optional<std::size_t> match_opener(const ReplyRule& rule, const Opening& opening,
                                        std::string_view text) {
  if (opening.literal.empty()) {
    if (!has(rule.first, text.front())) return std::nullopt;
    return 0;
  }
  const std::size_t length = std::min(opening.literal.size(), text.size());
  for (std::size_t i = 0; i < length; ++i) {
    const char c = rule.is_caseless ? to_lower_ascii(text[i]) : text[i];
    if (c != opening.literal[i]) return std::nullopt;
  }
  return length;
}

}  // namespace

void ReplyOutput::keep_until(std::size_t end) {
  if (end <= to_) return;
  if (is_changed_) built_.append(text_, to_, end - to_);
  to_ = end;
}

void ReplyOutput::replace_until(std::size_t end, std::string_view replacement) {
  if (!is_changed_) built_.assign(text_, begin_, to_ - begin_);
  is_changed_ = true;
  built_ += replacement;
  to_ = std::max(to_, end);
}

void ReplyOutput::apply_to(std::string& text) && {
  if (is_changed_) {
    text = std::move(built_);
    return;
  }
  text.resize(to_);
  if (begin_ > 0) text.erase(0, begin_);
}

char OpenerScan::byte_before(std::string_view text, std::size_t at, std::size_t distance) const {
  return at >= distance ? text[at - distance] : before_[before_.size() + at - distance];
}

// Behind a letter, digit or underline a literal opener is the inside of a word, unless that letter
// is the end of an escape such as \n.
bool OpenerScan::is_border(std::string_view text, std::size_t at) const {
  const char previous = byte_before(text, at, 1);
  if (!is_word_byte(previous)) return true;
  const bool may_be_escape = previous == 'n' || previous == 'r' || previous == 't';
  return may_be_escape && byte_before(text, at, 2) == '\\';
}

OpenerScan::Decision OpenerScan::decide(const ReplyRuleTable& table, std::string_view text,
                                        std::size_t at, bool is_last) const {
  Decision decision;
  decision.shown = std::numeric_limits<std::size_t>::max();
  const std::string_view rest = text.substr(at);
  const std::uint32_t second = rest.size() > 1 ? second_bit(rest[1]) : ~std::uint32_t{0};
  for (const auto& beginning : table.by_first[static_cast<unsigned char>(rest.front())]) {
    if ((beginning.seconds & second) == 0) continue;
    const Opening& opening = table.openings[beginning.opening];
    const ReplyRule& rule = table.rules[opening.rule];
    if (opening.literal.empty()) {
      if (has(rule.first, byte_before(text, at, 1))) continue;
    }
    if (rule.needs_border && !is_border(text, at)) continue;
    const auto matched = match_opener(rule, opening, rest);
    if (!matched) continue;
    const std::size_t shown = opening.is_held ? 0 : *matched;
    const bool is_partial = *matched < opening.literal.size();
    if (decision.rule != nullptr || is_partial) {
      // An earlier rule waits already, or this one's opener does: what may be shown is what none
      // of them minds.
      if (is_partial && is_last) continue;
      if (decision.rule == nullptr) {
        decision.rule = &rule;
        decision.finding.step = Finding::Step::kMore;
      }
      decision.shown = std::min(decision.shown, shown);
      continue;
    }
    std::size_t end = *matched;
    const std::size_t limit = std::min(rest.size(), rule.most);
    while (end < limit && has(rule.body, rest[end])) ++end;
    const bool is_full = end == rule.most;
    const Candidate candidate{.text = rest.substr(0, end),
                              .opener_bytes = *matched,
                              .least = rule.least,
                              .is_open = is_full || (end == rest.size() && !is_last),
                              .rest = rule.rest,
                              .links = table.links};
    Finding finding = rule.confirm(candidate);
    if (finding.step == Finding::Step::kNo) continue;
    if (finding.step == Finding::Step::kMore && is_full) {
      if (rule.beyond == Beyond::kPass) continue;
      decision.is_beyond = true;
      finding = {.step = Finding::Step::kYes, .length = end};
    }
    decision.rule = &rule;
    decision.finding = finding;
    decision.opener_bytes = rule.keeps_opener ? *matched : 0;
    decision.shown = shown;
    if (finding.step == Finding::Step::kYes) return decision;
  }
  return decision;
}

std::size_t OpenerScan::mask_on(std::string_view text, std::size_t at, ReplyOutput& output) {
  while (masking_ != nullptr && at < text.size()) {
    if (!has(masking_->tail, text[at])) {
      masking_ = nullptr;
      break;
    }
    const char c = text[at++];
    const std::string& until = masking_->until;
    if (until.empty()) continue;
    const std::size_t matched = c == until[until_matched_] ? until_matched_ + 1U
                                : c == until.front()       ? 1U
                                                           : 0U;
    until_matched_ = static_cast<std::uint8_t>(matched);
    if (matched < until.size()) continue;
    until_matched_ = 0;
    if (--until_left_ == 0) masking_ = nullptr;
  }
  output.replace_until(at, {});
  return at;
}

void OpenerScan::remember(std::string_view text, std::size_t end) {
  const char last = byte_before(text, end, 1);
  before_ = {byte_before(text, end, 2), last};
}

std::optional<std::size_t> OpenerScan::run(const ReplyRuleTable& table, std::string_view text,
                                           Pass pass, ReplyOutput& output, FindingSink& sink) {
  std::size_t at = masking_ == nullptr ? 0 : mask_on(text, 0, output);
  const std::size_t first_needing = table.first_needing(text, pass.is_last);
  for (;; ++at) {
    at = table.next_beginning(text, at, first_needing);
    if (at == text.size()) break;
    const std::uint8_t flags = table.flags[static_cast<unsigned char>(text[at])];
    if ((flags & ReplyRuleTable::kAnywhere) == 0 && !is_border(text, at)) continue;
    const Decision decision = decide(table, text, at, pass.is_last);
    if (decision.rule == nullptr) continue;
    const ReplyRule& rule = *decision.rule;
    if (decision.finding.step == Finding::Step::kMore) {
      output.keep_until(at + decision.shown);
      sent_ = static_cast<std::uint16_t>(output.position() - at);
      tail_.assign(text.substr(at));
      remember(text, at);
      return std::nullopt;
    }
    sink.found(rule);
    const std::size_t end = at + decision.finding.length;
    output.keep_until(at + std::max(decision.opener_bytes, decision.finding.start));
    if (decision.is_beyond && rule.beyond == Beyond::kBreak) {
      // A blank line ends whatever Markdown would have made of it; what follows is still scanned.
      at += decision.opener_bytes;
      output.replace_until(at--, "\n\n");
      continue;
    }
    if (pass.may_cut && (decision.is_beyond || rule.action == ReplyAction::kCut))
      return text.size() - end;
    output.replace_until(end, rule.replacement);
    if (rule.tail.any()) {
      masking_ = &rule;
      until_matched_ = 0;
      until_left_ = static_cast<std::uint8_t>(rule.until_times);
    }
    at = mask_on(text, end, output) - 1;
  }
  output.keep_until(text.size());
  remember(text, text.size());
  return std::nullopt;
}

std::optional<std::size_t> OpenerScan::enforce(const ReplyRuleTable& table, std::string& text,
                                               bool is_last, FindingSink& sink) {
  if (text.empty() && tail_.empty()) return std::nullopt;
  const std::size_t sent = sent_;
  if (!tail_.empty()) {
    tail_ += text;
    text = std::exchange(tail_, {});
    sent_ = 0;
  }
  ReplyOutput output(text, sent);
  const auto unread = run(table, text, {.is_last = is_last, .may_cut = true}, output, sink);
  std::move(output).apply_to(text);
  return unread;
}

void OpenerScan::observe(const ReplyRuleTable& table, std::string_view text, bool is_last,
                         FindingSink& sink) {
  if (text.empty() && tail_.empty()) return;
  std::string joined;
  if (!tail_.empty()) {
    joined = std::exchange(tail_, {});
    joined += text;
    text = joined;
    sent_ = 0;
  }
  ReplyOutput output(text, 0);
  run(table, text, {.is_last = is_last, .may_cut = false}, output, sink);
}

}  // namespace gatehouse::guard
