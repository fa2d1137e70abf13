// In what time messages come: people pause, and nobody types faster than they can.
#include "gatehouse/base/utf8.hpp"
#include "gatehouse/guard/message_guards.hpp"

namespace gatehouse::guard {
namespace {

class CadenceGuard final : public MessageGuard {
 public:
  CadenceGuard(CadenceTable& table, const Clock& clock) : table_(table), clock_(clock) {}

  Verdict check(const MessageView& message, const Policy& policy) noexcept override {
    if (message.sender.empty() || policy.bots == BotPolicy::kOff) return {};
    const Cadence cadence = table_.add(message.sender, characters_of(message.text), clock_.now());
    if (cadence == Cadence::kNatural) [[likely]]
      return {};
    // The work is asked for with the next message: this one is here already.
    if (policy.bots == BotPolicy::kChallenge) table_.ask_for_work(message.sender);
    const bool is_refused = policy.bots == BotPolicy::kDeny && policy.enforces;
    return {
        .action = is_refused ? Action::kDeny : Action::kFlag,
        .code = ErrorCode::kForbidden,
        .score = 500,
        .rule = "bot.cadence",
        .reason = is_refused ? "This chat is for people. Programs use the API, with a key." : "",
        .field = {},
        .evidence = cadence == Cadence::kSteady ? "8 messages as evenly as nobody writes"
                                                : "5 messages faster than anybody types"};
  }

 private:
  // What is longer than anybody types needs no exact count.
  static std::uint64_t characters_of(std::string_view text) {
    const bool is_long = text.size() > 4 * CadenceTable::kMostTyped;
    return is_long ? text.size() : count_code_points(text);
  }

  CadenceTable& table_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<MessageGuard> make_cadence_guard(CadenceTable& table, const Clock& clock) {
  return std::make_unique<CadenceGuard>(table, clock);
}

}  // namespace gatehouse::guard
