// The port of everything that answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/chat/asker.hpp"
#include "gatehouse/chat/reply_event.hpp"

namespace gatehouse::chat {

enum class Role : std::uint8_t { kSystem, kUser, kAssistant, kTool };
std::string_view name_of(Role role);  // as OpenAI and Ollama spell it

struct PromptMessage {
  Role role = Role::kUser;
  std::string text;
};

// What the client lets become of answers that are kept to be given again.
enum class Keeping : std::uint8_t {
  kUsual,
  kAskAnew,      // none that was kept is given; the new one may be kept
  kKeepNothing,  // neither given nor kept
};

// What is asked, oldest message first; the last is the one to answer. Owned by the turn, constant
// while it is answered.
struct Prompt {
  std::string site = "default";
  std::string conversation_id;  // empty on /v1
  std::string request_id;
  Asker asker;
  std::vector<PromptMessage> messages;
  std::string model;  // what the client asked for; empty: the responder's own
  // The validated body of an OpenAI-compatible request, for a backend that speaks the same:
  // everything the client set (tools, temperature, images) passes unchanged. Empty on other
  // channels.
  std::string openai_body;
  bool is_streamed = true;
  bool is_at_temperature_0 = false;  // the client asked for an answer that owes nothing to chance
  Keeping keeping = Keeping::kUsual;
};

// Takes the reply. push() never waits and may be called many times between flushes.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void push(ReplyEvent&& event) = 0;
  // After each batch a backend delivered: returns when the receiver has room for more. An error
  // (kCancelled, kContentBlocked) means that the reply has ended and the backend is to be closed.
  virtual async::Task<Result<void>> flush() = 0;
};

struct Exchange {
  async::Cancellation& cancellation;
  Deadline deadline;       // of the whole answer
  bool was_asked = false;  // the responder says so: its backend may be at work
  // What is set up wrong over there, in static words for the operator without secrets; empty:
  // nothing that the responder knows of.
  std::string_view diagnosis = {};
};

// What the same prompt would get if it were asked once more.
enum class Repeats : std::uint8_t {
  kNever,           // asking does something, or nobody can tell
  kAtTemperature0,  // a model's: the same only if the client asked for that
  kAlways,          // the same, for as long as what it answers from is
};

// Whom a prompt goes to, unless he fails. Views are of the responder and the prompt.
struct AskedFirst {
  std::string_view responder;  // as its ReplyStart names it; empty: nobody answers
  std::string_view model;      // as its ReplyStart has it in asked_model
  Repeats repeats = Repeats::kNever;
};

// Answers a prompt as reply events: a ReplyStart, then text, citations and tool calls, one ReplyEnd
// per choice and perhaps Usage. An error is returned, not pushed; what was pushed before it stands.
// One instance per worker, used on its thread only; many answers run at once.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual std::string_view name() const = 0;
  virtual Repeats repeats() const { return Repeats::kNever; }
  virtual AskedFirst asked_first(const Prompt& /*prompt*/) const {
    return {.responder = name(), .model = {}, .repeats = repeats()};
  }
  // The models one of which answers `prompt`, unless all of them fail: for what it may cost. None
  // where no model does.
  virtual std::vector<std::string> models_for(const Prompt& /*prompt*/) const { return {}; }
  // All three must outlive the task.
  virtual async::Task<Result<void>> answer(const Prompt& prompt, ReplySink& sink,
                                           Exchange& exchange) = 0;
};

}  // namespace gatehouse::chat
