// The server under attack: asked politely or not, at the pace that was asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/operations/drill.hpp"
#include "wire.hpp"

namespace gatehouse::operations {

struct Ask {
  std::string_view method = "GET";
  std::string path = "/";
  std::string lines = {};  // header lines, each with its end; they replace those added otherwise
  std::optional<std::string> body = std::nullopt;  // JSON, unless `lines` say otherwise
  // A 429 is waited for, work that is asked for is done, and the same is asked again.
  bool waits_for_limits = true;
};

struct VisitorSession {
  std::string token;
  std::string csrf_token;
  std::string cookie;  // name=value, of the Set-Cookie of the answer; empty if there was none
};

// Counts and paces what is sent. A gentle drill sends two requests a second; any drill that is
// told to wait (429 with Retry-After) waits and asks again, as long as its patience lasts.
class Target {
 public:
  Target(Wire& wire, const Clock& clock, const DrillOptions& options, const DrillProgress& progress)
      : wire_(wire), clock_(clock), options_(options), progress_(progress) {}

  // Looks at what there is. Fails when nothing answers.
  Result<void> survey();

  Answer ask(const Ask& ask);
  Exchange send(const Script& script, bool waits_for_limits = true);
  // A whole request as bytes.
  std::string bytes_of(const Ask& ask) const;

  // What a person says, to whatever takes messages. The text is put into JSON as it is.
  Answer say(std::string_view message);
  Ask chat_ask(const std::string& body) const;            // with the credential it needs
  std::string chat_body(std::string_view message) const;  // a JSON object
  bool takes_messages() const { return has_session() || takes_completions_; }
  bool takes_completions() const { return takes_completions_; }
  bool has_session() const { return !session_.token.empty(); }
  const VisitorSession& session() const { return session_; }
  // Empty token: the server gives no sessions, or no more of them now.
  VisitorSession start_session();

  const DrillOptions& options() const { return options_; }
  const Clock& clock() const { return clock_; }
  const http::Upstream& server() const { return wire_.server(); }
  std::string own_origin() const;
  Wire& wire() { return wire_; }
  std::uint64_t requests() const { return requests_; }
  void tell(std::string_view line) const { progress_(line); }
  // Whether the server, which answered at first, refuses this address now.
  bool is_shut_out();

 private:
  void keep_pace();
  bool wait_out(const Answer& answer);
  Answer ask_once(const Ask& ask);

  Wire& wire_;
  const Clock& clock_;
  const DrillOptions& options_;
  const DrillProgress& progress_;
  std::uint64_t requests_ = 0;
  TimePoint next_at_{};
  std::uint64_t waited_s_ = 0;
  std::uint16_t usual_status_ = 0;  // of GET /
  bool may_be_shut_out_ = false;
  bool takes_completions_ = false;
  VisitorSession session_;
};

// "Bearer <token>" as a header line.
std::string bearer_line(std::string_view token);

}  // namespace gatehouse::operations
