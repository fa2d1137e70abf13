#include "gatehouse/responders/route/route.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/hash.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::responders {
namespace {

constexpr std::size_t kMaxRules = 64;
constexpr std::size_t kMaxArms = 32;  // of a rule
constexpr std::uint64_t kMaxWeight = 10'000;
constexpr std::uint64_t kSeed = 0x526F757465;

constexpr std::array<std::string_view, 4> kChannels = {"web", "openai", "line", "ws"};
constexpr std::array<std::string_view, 5> kAskers = {"visitor", "member", "analyst", "operator",
                                                     "key"};

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (const auto word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

struct Word {
  std::string_view name;
  std::string_view value;  // behind '='; null data without one
  std::string_view whole;
};

Word word_of(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return {.name = text, .value = {}, .whole = text};
  return {.name = text.substr(0, equals), .value = text.substr(equals + 1), .whole = text};
}

class RuleReader {
 public:
  RuleReader(std::size_t number, std::span<const std::string_view> responders)
      : number_(number), responders_(responders) {}

  Result<RouteRule> read(std::string_view text) {
    std::vector<std::string_view> words;
    for (const auto word : split(text, ' ')) words.push_back(word);
    std::size_t at = 0;
    RouteRule rule;
    if (!words.empty() && words[0] == "when") {
      bool is_closed = false;
      for (at = 1; at < words.size() && !is_closed; ++at) {
        std::string_view word = words[at];
        is_closed = word.ends_with(':');
        if (is_closed) word.remove_suffix(1);
        if (word.empty()) continue;
        if (auto read = read_condition(word_of(word), rule.conditions); !read)
          return std::unexpected(read.error());
      }
      if (!is_closed) return bad("The conditions end with a colon.");
    }
    if (auto read = read_steps(std::span(words).subspan(at), rule); !read)
      return std::unexpected(read.error());
    return rule;
  }

 private:
  std::unexpected<Error> bad(const std::string& why) const {
    return fail_field("route.rules", "Rule " + std::to_string(number_) + " of the route: " + why);
  }

  Result<void> read_name(const Word& word, std::span<const std::string_view> known,
                         std::string& out) const {
    if (std::ranges::find(known, word.value) == known.end()) {
      return bad("\"" + std::string(word.whole) + "\": " + std::string(word.name) + " is one of " +
                 joined(known) + ".");
    }
    out = word.value;
    return {};
  }

  Result<void> read_condition(const Word& word, RouteConditions& out) const {
    if (word.name == "channel") return read_name(word, kChannels, out.channel);
    if (word.name == "asker") return read_name(word, kAskers, out.asker);
    if (word.name == "language" && !word.value.empty()) {
      out.language = to_lower_ascii(word.value);
      return {};
    }
    if (word.name == "model" && !word.value.empty()) {
      out.model = word.value;
      return {};
    }
    const auto number = parse_u64(word.value);
    if (word.name == "longer_than" && number) {
      out.characters_above = *number;
      return {};
    }
    if (word.name == "shorter_than" && number) {
      out.characters_below = *number;
      return {};
    }
    return bad("\"" + std::string(word.whole) +
               "\" is no condition. There are channel=, language=, asker=, model=, longer_than= "
               "and shorter_than=, the last two with a number of characters.");
  }

  Result<void> read_steps(std::span<const std::string_view> words, RouteRule& rule) const {
    bool wants_arm = true;
    bool begins_step = true;
    std::size_t arms = 0;
    for (const auto text : words) {
      const Word word = word_of(text);
      if (wants_arm) {
        if (std::ranges::find(responders_, text) == responders_.end()) {
          return bad("\"" + std::string(text) + "\" is no responder that is set up. There is " +
                     joined(responders_) + ".");
        }
        if (++arms > kMaxArms) return bad("It has more than 32 arms.");
        if (begins_step) rule.steps.emplace_back();
        rule.steps.back().push_back({.responder = std::string(text), .model = {}});
        wants_arm = false;
      } else if (text == "or" || text == "then") {
        begins_step = text == "then";
        wants_arm = true;
      } else if (auto read = read_detail(word, rule.steps.back().back()); !read) {
        return read;
      }
    }
    if (wants_arm) return bad("A responder is missing at its end.");
    return {};
  }

  Result<void> read_detail(const Word& word, RouteArm& arm) const {
    if (word.name == "model" && !word.value.empty()) {
      arm.model = word.value;
      return {};
    }
    const auto weight = parse_u64(word.value);
    if (word.name == "weight" && weight && *weight >= 1 && *weight <= kMaxWeight) {
      arm.weight = static_cast<std::uint32_t>(*weight);
      return {};
    }
    return bad("\"" + std::string(word.whole) +
               "\" can't stand behind a responder: model=NAME, weight=1 to 10000, or, then.");
  }

  const std::size_t number_;
  const std::span<const std::string_view> responders_;
};

std::uint64_t characters_in(const chat::Prompt& prompt) {
  std::uint64_t characters = 0;
  for (const auto& message : prompt.messages) characters += scan_utf8(message.text).characters;
  return characters;
}

bool speaks(std::string_view language, std::string_view wanted) {
  if (language.size() < wanted.size()) return false;
  const bool ends_there = language.size() == wanted.size() || language[wanted.size()] == '-';
  return ends_there && equals_ignoring_case(language.substr(0, wanted.size()), wanted);
}

}  // namespace

bool RouteConditions::hold(const chat::Prompt& prompt) const {
  if (!channel.empty() && channel != prompt.asker.channel) return false;
  if (!asker.empty() && asker != prompt.asker.kind) return false;
  if (!model.empty() && model != prompt.model) return false;
  if (!language.empty() && !speaks(prompt.asker.language, language)) return false;
  if (characters_above == 0 && characters_below == UINT64_MAX) return true;
  const std::uint64_t characters = characters_in(prompt);
  return characters > characters_above && characters < characters_below;
}

Result<Route> Route::read(std::span<const std::string> rules,
                          std::span<const std::string_view> responders) {
  if (rules.size() > kMaxRules) return fail_field("route.rules", "A route has at most 64 rules.");
  Route route;
  for (const auto& text : rules) {
    auto rule = RuleReader(route.rules_.size() + 1, responders).read(text);
    if (!rule) return std::unexpected(rule.error());
    route.rules_.push_back(std::move(*rule));
  }
  return route;
}

const RouteRule* Route::rule_for(const chat::Prompt& prompt) const {
  const auto found = std::ranges::find_if(
      rules_, [&](const RouteRule& rule) { return rule.conditions.hold(prompt); });
  return found == rules_.end() ? nullptr : &*found;
}

bool Route::names(std::string_view responder) const {
  return std::ranges::any_of(rules_, [&](const RouteRule& rule) {
    return std::ranges::any_of(rule.steps, [&](const std::vector<RouteArm>& step) {
      return std::ranges::find(step, responder, &RouteArm::responder) != step.end();
    });
  });
}

std::vector<const RouteArm*> arms_for(const std::vector<RouteArm>& step, std::string_view sender,
                                      std::size_t number) {
  std::uint64_t all = 0;
  for (const RouteArm& arm : step) all += arm.weight;
  if (all == 0) return {};  // no step is empty, and no weight 0
  std::uint64_t at = keyed_hash(sender, kSeed, number) % all;
  std::size_t first = 0;
  while (at >= step[first].weight) at -= step[first++].weight;
  std::vector<const RouteArm*> arms;
  for (std::size_t i = 0; i < step.size(); ++i) arms.push_back(&step[(first + i) % step.size()]);
  return arms;
}

}  // namespace gatehouse::responders
