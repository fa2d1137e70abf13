#include "gatehouse/guard/reply_rules.hpp"

#include <algorithm>
#include <array>

#include "confirmers.hpp"
#include "gatehouse/base/text.hpp"
#include "reply_rule.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::size_t kCanaryBytesLeast = 8;

constexpr std::array kKeys = {
    RuleKey{.name = "id", .is_required = true},
    RuleKey{.name = "message", .is_required = true},
    RuleKey{.name = "group", .is_required = true, .choices = "secrets|personal|links|html"},
    RuleKey{.name = "action", .choices = "mask|replace|cut|observe"},
    RuleKey{.name = "replacement"},
    RuleKey{.name = "openers", .type = RuleKeyType::kTexts},
    RuleKey{.name = "shows_opener", .type = RuleKeyType::kBoolean},
    RuleKey{.name = "first"},
    RuleKey{.name = "body"},
    RuleKey{.name = "needs"},
    RuleKey{.name = "tail"},
    RuleKey{.name = "until"},
    RuleKey{.name = "until_times", .type = RuleKeyType::kInteger, .least = 1, .most = 9},
    RuleKey{.name = "least", .type = RuleKeyType::kInteger, .least = 1, .most = 512},
    RuleKey{.name = "most", .type = RuleKeyType::kInteger, .least = 1, .most = 1000},
    RuleKey{.name = "border", .type = RuleKeyType::kBoolean},
    RuleKey{.name = "caseless", .type = RuleKeyType::kBoolean},
    RuleKey{.name = "confirm", .is_required = true},
    RuleKey{.name = "beyond", .choices = "cut|pass|break"},
    RuleKey{.name = "matches", .type = RuleKeyType::kTexts, .is_required = true},
    RuleKey{.name = "misses", .type = RuleKeyType::kTexts, .is_required = true},
};
constexpr std::array kForms = {RuleForm{"rule", kKeys}};

Result<ByteSet> bytes_of(const RuleEntry& entry, std::string_view key) {
  if (!entry.has(key)) return ByteSet();
  const auto set = parse_byte_set(entry.text(key));
  if (!set)
    return entry.fault(key, "is no set of bytes. Write single ones and ranges: A-Za-z0-9_-.");
  return *set;
}

Beyond beyond_of(std::string_view name) {
  if (name == "pass") return Beyond::kPass;
  return name == "break" ? Beyond::kBreak : Beyond::kCut;
}

Result<ReplyRule> rule_of(const RuleEntry& entry) {
  ReplyRule rule;
  rule.id = entry.text("id");
  rule.message = entry.text("message");
  rule.least = static_cast<std::size_t>(entry.integer("least", 1));
  rule.most = static_cast<std::size_t>(entry.integer("most", 256));
  rule.needs_border = entry.flag("border", true);
  rule.is_caseless = entry.flag("caseless");
  rule.keeps_opener = entry.flag("shows_opener", true);
  rule.beyond = beyond_of(entry.text("beyond"));
  rule.until = entry.text("until");
  rule.until_times = static_cast<unsigned>(entry.integer("until_times", 1));
  for (const auto& opener : entry.texts("openers"))
    rule.openers.push_back(rule.is_caseless ? to_lower_ascii(opener) : opener);
  for (const auto& [key, set] : {std::pair{"first", &rule.first}, std::pair{"body", &rule.body},
                                 std::pair{"needs", &rule.needs}, std::pair{"tail", &rule.tail}}) {
    auto bytes = bytes_of(entry, key);
    if (!bytes) return std::unexpected(bytes.error());
    *set = *bytes;
  }
  if (rule.openers.empty() != rule.first.any())
    return entry.fault("", "needs either openers or first. Add one of them.");
  if (rule.needs.any() && (rule.beyond != Beyond::kPass || !rule.openers.empty()))
    return entry.fault("needs", "goes with first and beyond = \"pass\" only.");
  rule.confirm = find_confirmer(entry.text("confirm"));
  if (rule.confirm == nullptr)
    return entry.fault("confirm", "must be one of " + std::string(confirmer_names()) + ".");
  const auto action = entry.text("action", "mask");
  if (action == "cut") rule.action = ReplyAction::kCut;
  if (action == "replace") {
    rule.action = ReplyAction::kReplace;
    rule.replacement = entry.text("replacement");
  }
  if ((action == "replace") != entry.has("replacement"))
    return entry.fault("action", "replace and a replacement go together.");
  return rule;
}

// Four bytes give nothing away, and prose holds few texts that begin with them: so no more than
// they is an opener, and no word waits for a canary.
constexpr std::size_t kCanaryOpenerBytes = 4;

ReplyRule canary_rule(std::string_view canary) {
  ReplyRule rule;
  rule.id = "canary";
  rule.message = "A canary: the system prompt is leaking.";
  rule.action = ReplyAction::kCut;
  rule.openers.emplace_back(canary.substr(0, kCanaryOpenerBytes));
  rule.rest = canary.substr(kCanaryOpenerBytes);
  for (const char c : rule.rest) rule.body.set(static_cast<unsigned char>(c));
  rule.most = canary.size() + 1;
  rule.needs_border = false;
  rule.confirm = confirm_literal;
  return rule;
}

ReplyRule word_rule(std::string_view word) {
  ReplyRule rule;
  rule.id = "words";
  rule.message = "A word of the site's own list.";
  rule.openers.push_back(to_lower_ascii(word));
  for (std::size_t byte = 0; byte < rule.body.size(); ++byte)
    rule.body.set(byte, is_word_byte(static_cast<char>(byte)));
  rule.most = word.size() + 1;
  rule.beyond = Beyond::kPass;
  rule.is_caseless = true;
  rule.needs_border = is_word_byte(word.front());
  rule.keeps_opener = false;  // here the opener is the very thing
  rule.confirm = confirm_word;
  return rule;
}

Result<void> add_own(const ReplyOptions& options, std::vector<ReplyRule>& rules) {
  for (const auto& canary : options.canaries) {
    if (canary.size() < kCanaryBytesLeast || canary.size() >= kHeldBytesMax)
      return fail(ErrorCode::kInvalid,
                  "guard.canaries: each must have from 8 to 1023 characters. Make longer ones, for "
                  "example with: openssl rand -hex 16");
    rules.push_back(canary_rule(canary.reveal()));
  }
  for (const auto& word : options.words) {
    if (word.empty() || word.size() > 200)
      return fail(ErrorCode::kInvalid,
                  "guard.reply_words: each must have from 1 to 200 characters. Shorten the list's "
                  "longest.");
    rules.push_back(word_rule(word));
  }
  return {};
}

// Whether a rule could find something that begins inside the shown opener of another and is still
// undecided where that opener ends.
bool may_begin_inside(const ReplyRule& shown_by, std::string_view shown, const ReplyRule& other,
                      std::string_view literal) {
  const bool is_caseless = shown_by.is_caseless || other.is_caseless;
  for (std::size_t at = 1; at < shown.size(); ++at) {
    if (other.needs_border && is_word_byte(shown[at - 1])) continue;
    const std::string_view rest = shown.substr(at);
    if (literal.empty()) {
      if (has(other.first, rest[0]) && !has(other.first, shown[at - 1])) return true;
      continue;
    }
    const std::size_t common = std::min(rest.size(), literal.size());
    const std::string_view a = rest.substr(0, common);
    const std::string_view b = literal.substr(0, common);
    const bool agrees = is_caseless ? equals_ignoring_case(a, b) : a == b;
    if (agrees && (literal.size() < rest.size() || !other.keeps_opener)) return true;
  }
  return false;
}

std::uint32_t seconds_of(const Opening& opening) {
  return opening.literal.size() < 2 ? ~std::uint32_t{0} : second_bit(opening.literal[1]);
}

}  // namespace

std::optional<ByteSet> parse_byte_set(std::string_view text) {
  ByteSet set;
  const bool is_negated = text.starts_with('^');
  if (is_negated) text.remove_prefix(1);
  const auto next = [&text]() -> std::optional<unsigned char> {
    char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') return static_cast<unsigned char>(c);
    if (text.empty()) return std::nullopt;
    c = text.front();
    text.remove_prefix(1);
    const auto escape = std::string_view("nrt").find(c);
    return static_cast<unsigned char>(escape == std::string_view::npos ? c : "\n\r\t"[escape]);
  };
  while (!text.empty()) {
    const auto first = next();
    if (!first) return std::nullopt;
    auto last = first;
    if (text.size() >= 2 && text.front() == '-') {
      text.remove_prefix(1);
      last = next();
    }
    if (!last || *last < *first) return std::nullopt;
    for (std::size_t byte = *first; byte <= *last; ++byte) set.set(byte);
  }
  return is_negated ? ~set : set;
}

void ReplyRuleTable::index() {
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    for (const auto& opener : rules[i].openers) openings.push_back({i, opener, false});
    if (rules[i].openers.empty()) openings.push_back({i, {}, false});
  }
  for (auto& opening : openings) {
    opening.is_held = !rules[opening.rule].keeps_opener ||
                      std::ranges::any_of(openings, [&](const Opening& other) {
                        return may_begin_inside(rules[opening.rule], opening.literal,
                                                rules[other.rule], other.literal);
                      });
  }
  for (std::uint32_t position = 0; position < openings.size(); ++position) {
    const Opening& opening = openings[position];
    const ReplyRule& rule = rules[opening.rule];
    for (std::size_t byte = 0; byte < by_first.size(); ++byte) {
      const char c = static_cast<char>(byte);
      const char folded = rule.is_caseless ? to_lower_ascii(c) : c;
      const bool begins =
          opening.literal.empty() ? has(rule.first, c) : opening.literal.front() == folded;
      if (!begins) continue;
      by_first[byte].push_back({position, seconds_of(opening)});
      flags[byte] |= rule.needs_border ? kAtBorder : kAnywhere;
      if (rule.needs.none()) seconds[byte] |= seconds_of(opening);
    }
  }
  for (const ReplyRule& rule : rules) {
    if (rule.needs.none()) continue;
    const std::uint32_t bit = std::uint32_t{1} << (needing_count++ % 32);
    for (std::size_t byte = 0; byte < needing.size(); ++byte) {
      if (rule.body[byte]) needing[byte] |= bit;
      if (rule.needs[byte]) flags[byte] |= kNeeded;
    }
  }
}

// Most of what a reply is made of is passed over here, by its bytes two by two.
std::size_t ReplyRuleTable::next_beginning(std::string_view text, std::size_t at,
                                           std::size_t first_needing) const {
  if (at >= text.size()) return text.size();
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  const std::size_t last = text.size() - 1;
  for (const std::size_t end = std::min(first_needing, last); at < end; ++at) {
    if ((seconds[bytes[at]] >> (bytes[at + 1] % 32) & 1) != 0) return at;
  }
  if (at < first_needing) return seconds[bytes[at]] != 0 ? at : text.size();
  while (at <= last && (flags[bytes[at]] & kBegins) == 0) ++at;
  return at;
}

// What such a rule could confirm has its byte; what it could wait for goes on to the end.
std::size_t ReplyRuleTable::first_needing(std::string_view text, bool is_last) const {
  if (needing_count == 0) return text.size();
  std::uint8_t met = 0;
  for (const char c : text) met |= flags[static_cast<unsigned char>(c)];
  if ((met & kNeeded) != 0) return 0;
  std::size_t first = text.size();
  std::uint32_t going_on = is_last ? 0 : ~std::uint32_t{0};
  while (first > 0 && (going_on &= needing[static_cast<unsigned char>(text[first - 1])]) != 0)
    --first;
  return first;
}

ReplyRules::ReplyRules()
    : enforced_(std::make_unique<ReplyRuleTable>()),
      observed_(std::make_unique<ReplyRuleTable>()) {}
ReplyRules::~ReplyRules() = default;

Result<std::shared_ptr<const ReplyRules>> ReplyRules::compile(std::span<const RuleFile> files,
                                                              const ReplyOptions& options) {
  auto entries = read_rule_documents(files, kForms);
  if (!entries) return std::unexpected(entries.error());
  std::shared_ptr<ReplyRules> made(new ReplyRules());
  std::vector<ReplyRule> own;
  if (auto added = add_own(options, own); !added) return std::unexpected(added.error());
  const auto add = [&](ReplyRule rule, ReplyMode mode) {
    mode = std::max(mode, options.mode);  // from enforce to off
    if (mode == ReplyMode::kOff) return;
    auto& table = mode == ReplyMode::kEnforce ? made->enforced_ : made->observed_;
    table->rules.push_back(std::move(rule));
  };
  for (auto& rule : own) add(std::move(rule), ReplyMode::kEnforce);
  for (const auto& entry : *entries) {
    auto rule = rule_of(entry);
    if (!rule) return std::unexpected(rule.error());
    const auto group = entry.text("group");
    ReplyMode mode = ReplyMode::kEnforce;
    if (group == "personal") mode = options.personal;
    if (group == "html") mode = options.html;
    if (entry.text("action") == "observe") mode = std::max(mode, ReplyMode::kObserve);
    add(std::move(*rule), mode);
  }
  LinkPolicy links{.hosts = options.link_hosts};
  const bool allows_all = std::ranges::find(links.hosts, "*") != links.hosts.end();
  links.allows_any_link = links.hosts.empty() || allows_all;
  links.allows_any_image = allows_all;
  for (auto* table : {made->enforced_.get(), made->observed_.get()}) {
    table->links = links;
    // Rules that could find nothing must not hold anything.
    if (links.allows_any_link)
      std::erase_if(table->rules, [](const auto& rule) { return rule.confirm == confirm_link; });
    table->index();
  }
  return made;
}

Result<std::vector<ReplyRules::Example>> ReplyRules::examples(std::span<const RuleFile> files) {
  auto entries = read_rule_documents(files, kForms);
  if (!entries) return std::unexpected(entries.error());
  std::vector<Example> examples;
  for (const auto& entry : *entries) {
    const std::string place = std::string(entry.file()) + ":" + std::to_string(entry.line());
    for (const std::string_view key : {"matches", "misses"}) {
      for (const auto& text : entry.texts(key))
        examples.push_back({std::string(entry.text("id")), text, key == "matches", place});
    }
  }
  return examples;
}

}  // namespace gatehouse::guard
