// The guards of the message stage: each one check on what a person says.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/guard/cadence_table.hpp"
#include "gatehouse/guard/flood_table.hpp"
#include "gatehouse/guard/message_analysis.hpp"
#include "gatehouse/guard/message_rules.hpp"
#include "gatehouse/guard/policy.hpp"
#include "gatehouse/guard/verdict.hpp"

namespace gatehouse::guard {

struct MessageView {
  std::string_view text;
  std::string_view field = "message";  // a literal: where it stood, for the error
  std::uint32_t max_characters = 0;    // code points; the policy's own limit for the channel
  MessageOrigin origin = MessageOrigin::kPerson;
  // Who sends it, to notice what is sent again and again; empty: nobody that can be told apart.
  std::string_view sender = {};
  std::string_view website = {};                 // a field that people don't see
  std::uint64_t scan_bytes = ~std::uint64_t{0};  // what may still be scanned of it; set by Pipeline
};

// One check. Never throws, never waits, allocates only to tell why it refuses. One per worker, on
// its thread only.
class MessageGuard {
 public:
  virtual ~MessageGuard() = default;
  virtual Verdict check(const MessageView& message, const Policy& policy) noexcept = 0;
};

using MessageGuards = std::vector<std::unique_ptr<MessageGuard>>;

// What the guards of all workers share.
struct MessageGuardParts {
  std::shared_ptr<const MessageRules> rules;  // null: nothing is looked for
  FloodTable* flood = nullptr;                // null: repetition is not noticed
  CadenceTable* cadence = nullptr;            // null: neither is in what time they come
  const Clock* clock = nullptr;               // for these two
};

// All of them in the order they run. Fails when memory for scanning can't be had.
Result<MessageGuards> make_message_guards(const MessageGuardParts& parts);

// What the guards say together of all messages of a request.
struct MessageDecision {
  std::optional<Verdict> refusal;
  Trail trail;
  std::string evidence;  // of the first that was flagged
};
// What is beyond Policy::scan_max_bytes stays unscanned, and the policy says what then.
MessageDecision decide_messages(std::span<const MessageView> newest_first,
                                const MessageGuards& guards, const Policy& policy);

std::unique_ptr<MessageGuard> make_text_guard();
std::unique_ptr<MessageGuard> make_honeypot_guard();
// Both outlive the guard.
std::unique_ptr<MessageGuard> make_cadence_guard(CadenceTable& table, const Clock& clock);
// `parts.rules` is not null.
Result<std::unique_ptr<MessageGuard>> make_content_guard(const MessageGuardParts& parts);

}  // namespace gatehouse::guard
