// Who answers what: the rules of a site's route, as its operator writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/chat/responder.hpp"

namespace gatehouse::responders {

// One of those among whom the answers of a step are shared out.
struct RouteArm {
  std::string responder;
  std::string model;  // empty: the responder's own, or what the client asked for
  std::uint32_t weight = 1;
};

// What a prompt must be for a rule to hold. All that are set must.
struct RouteConditions {
  std::string channel;
  std::string language;  // "de" takes "de-AT", too
  std::string asker;     // visitor, member, analyst, operator or key
  std::string model;     // as the client named it
  std::uint64_t characters_above = 0;
  std::uint64_t characters_below = UINT64_MAX;

  bool hold(const chat::Prompt& prompt) const;
};

// In one rule the steps are tried in their order, as long as none has begun to answer.
struct RouteRule {
  RouteConditions conditions;
  std::vector<std::vector<RouteArm>> steps;
};

// The first rule whose conditions hold is taken. A rule is a line of words:
//
//   when channel=line language=de: ollama model=llama3.2 then openai
//   openai weight=90 or ollama weight=10 then knowledge
//
// `or` stands between the arms of a step, `then` before the next one. Immutable.
class Route {
 public:
  // The error says which rule and which word, and what could stand there.
  static Result<Route> read(std::span<const std::string> rules,
                            std::span<const std::string_view> responders);

  // nullptr where no rule holds.
  const RouteRule* rule_for(const chat::Prompt& prompt) const;
  const std::vector<RouteRule>& rules() const { return rules_; }
  bool names(std::string_view responder) const;

 private:
  std::vector<RouteRule> rules_;
};

// The arms of a step, he whose turn it is first. The same sender gets the same arm as long as the
// weights stay.
std::vector<const RouteArm*> arms_for(const std::vector<RouteArm>& step, std::string_view sender,
                                      std::size_t number);

}  // namespace gatehouse::responders
