// Chooses among responders, and goes on to the next while none has begun to answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/worker.hpp"
#include "gatehouse/responders/route/deployments.hpp"

namespace gatehouse::responders {

struct RoutedResponder {
  chat::Responder* responder;
  std::string model = {};  // its own, for what came with the name of another's
};

struct RouteParts {
  async::Worker& worker;
  const Route& route;
  Deployments& deployments;
  std::vector<RoutedResponder> responders;  // this worker's, each that the route names
  Random& random;
  std::vector<std::string> fallback_texts;  // one of them is said when nobody answers; may be empty
};

// Until a responder pushes its ReplyStart the next one may still take over, and nobody has seen
// that another was asked. Whoever answers, the prompt is the same but for its model.
class RouteResponder final : public chat::Responder {
 public:
  explicit RouteResponder(RouteParts parts);

  std::string_view name() const override { return "route"; }
  async::Task<Result<void>> answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                   chat::Exchange& exchange) override;
  // Those of the first step.
  std::vector<std::string> models_for(const chat::Prompt& prompt) const override;
  chat::AskedFirst asked_first(const chat::Prompt& prompt) const override;

 private:
  struct Candidate;
  class Attempt;
  std::vector<Candidate> candidates_for(const chat::Prompt& prompt) const;
  Candidate candidate_for(const RouteArm& arm, const RouteRule& rule,
                          const chat::Prompt& prompt) const;
  async::Task<Result<void>> ask(const Candidate& candidate, const chat::Prompt& prompt,
                                Attempt& attempt, chat::Exchange& exchange);
  async::Task<Result<void>> give_up(const std::vector<Candidate>& candidates, Result<void> last,
                                    chat::ReplySink& sink);

  const RouteParts parts_;
};

}  // namespace gatehouse::responders
