// The rules of the message stage, compiled.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/guard/rule_document.hpp"

namespace gatehouse::guard {

struct CompiledMessageRules;

// An immutable snapshot, shared by all workers: rules, concepts and weights as one automaton each
// for raw and for folded text. Made off the workers' threads, since compiling takes a while.
class MessageRules {
 public:
  // Takes the files whose names begin with "message/", and "weights.toml" if there is one; others
  // are none of its business. What is wrong is told with file and line.
  // `ready`: what compile_ahead() made of the same files, which saves seconds; what does not fit
  // them is not used.
  static Result<std::shared_ptr<const MessageRules>> compile(std::span<const RuleFile> files,
                                                             std::string_view ready = {});
  // For the build: the automata of these files, for any machine of the architecture.
  static Result<std::string> compile_ahead(std::span<const RuleFile> files);
  explicit MessageRules(std::unique_ptr<const CompiledMessageRules> compiled);
  ~MessageRules();

  const CompiledMessageRules& compiled() const { return *compiled_; }

 private:
  std::unique_ptr<const CompiledMessageRules> compiled_;
};

// Nothing, if the library that scans for patterns finds what it should. Otherwise what is wrong and
// what to do. Not for a worker's thread.
std::optional<std::string> scanner_fault();

// The rules of which an example is not as it should be: "message/sql.toml:12: sql.union does not
// match "…"". Empty: all are in order. Not for a worker's thread.
std::vector<std::string> failing_examples(const std::shared_ptr<const MessageRules>& rules);

}  // namespace gatehouse::guard
