// What the guard decided on, kept for `gatehouse replay` where an operator asks for that.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/principal.hpp"
#include "gatehouse/guard/message_guards.hpp"
#include "gatehouse/guard/request_view.hpp"
#include "gatehouse/guard/verdict.hpp"

namespace gatehouse::guard {

// What the guards of the request stage read of a head, without credentials, query and address.
struct RecordedHead {
  std::string method;
  std::string path;
  std::string host;
  std::string origin;
  std::string referer;  // without its query
  std::string fetch_site;
  std::string content_type;
  std::string content_encoding;
  std::string user_agent;
  BrowserMarks browser;
  TlsMarks tls;
  std::uint64_t body_bytes = 0;
  bool has_body = false;
  bool has_cookie = false;
  bool changes_state = false;
  bool is_secure = false;
  RouteRules route;
};

struct RecordedMessage {
  std::string text;
  MessageOrigin origin = MessageOrigin::kPerson;
  bool is_program = false;   // of a program: its own limit of characters holds
  bool has_website = false;  // the field that people don't see was filled in
};

// One decision: of the request stage, with `head`, or of the message stage, with `messages`.
struct Recording {
  std::string request_id;
  WallTime at{};
  Principal::Kind principal = Principal::Kind::kAnonymous;
  std::optional<RecordedHead> head = {};
  std::vector<RecordedMessage> messages = {};  // the newest first
  Action action = Action::kAllow;              // allow, flag or deny
  std::string rule = {};
  std::uint16_t score = 0;

  // What the guards read. The views live as long as the recording.
  RequestView request_view() const;
  std::vector<MessageView> message_views(const Policy& policy) const;
};

RecordedHead recorded_head(const RequestView& request);
std::vector<RecordedMessage> recorded_messages(std::span<const MessageView> newest_first);

// Port: keeps recordings for a while, redacted and sealed. Never blocks or fails; what there is no
// room for is counted. Safe from any thread.
class Recordings {
 public:
  virtual ~Recordings() = default;
  // Whether the next one from that client is wanted: a few of a minute are.
  virtual bool takes(std::string_view stage, const IpPrefix& client, TimePoint now) noexcept = 0;
  virtual void add(Recording recording) noexcept = 0;
};

}  // namespace gatehouse::guard
