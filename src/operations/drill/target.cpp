#include "target.hpp"

#include <algorithm>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"
#include "work.hpp"

namespace gatehouse::operations {
namespace {

constexpr Duration kGentlePause = std::chrono::milliseconds(500);
constexpr std::uint64_t kLongestWaitS = 70;  // a window of a minute, and what hangs on it
constexpr std::uint64_t kPatienceS = 15 * 60;
constexpr std::string_view kSessionsPath = "/api/v1/sessions";

bool has_line(std::string_view lines, std::string_view name) {
  const std::string all = to_lower_ascii(lines);
  return all.starts_with(name) || all.find("\n" + std::string(name)) != std::string::npos;
}

}  // namespace

std::string bearer_line(std::string_view token) {
  return "Authorization: Bearer " + std::string(token) + "\r\n";
}

Result<void> Target::survey() {
  const auto first = send({.pieces = {bytes_of({})}});
  if (!first.is_connected)
    return fail(ErrorCode::kUnavailable,
                "Nothing answers at " + options_.url +
                    (server().is_secure ? ", or its certificate can't be trusted (--ca)." : "."));
  usual_status_ = first.first().status;
  if (usual_status_ == 0)
    return fail(ErrorCode::kUnavailable, "What answers at " + options_.url + " is not HTTP/1.1.");
  if (usual_status_ == 403 && !first.first().header("Retry-After").empty())
    return fail(ErrorCode::kForbidden, options_.url +
                                           " has shut this address out already. Wait, or "
                                           "lift the ban (gatehouse bans remove).");
  session_ = start_session();
  Ask models{.path = "/v1/models"};
  if (!options_.api_key.empty()) models.lines = bearer_line(options_.api_key);
  takes_completions_ = ask(models).is_success();
  return {};
}

std::string Target::own_origin() const {
  return (server().is_secure ? "https://" : "http://") + server().host_header();
}

std::string Target::bytes_of(const Ask& ask) const {
  std::string out(ask.method);
  out.append(" ").append(ask.path).append(" HTTP/1.1\r\n");
  if (!has_line(ask.lines, "host:"))
    out.append("Host: ").append(server().host_header()).append("\r\n");
  out.append(ask.lines);
  if (!has_line(ask.lines, "user-agent:")) out += "User-Agent: gatehouse-drill\r\n";
  if (!has_line(ask.lines, "connection:")) out += "Connection: close\r\n";
  if (ask.body && !has_line(ask.lines, "content-type:"))
    out += "Content-Type: application/json\r\n";
  if (ask.body && !has_line(ask.lines, "content-length:") &&
      !has_line(ask.lines, "transfer-encoding:"))
    out += "Content-Length: " + std::to_string(ask.body->size()) + "\r\n";
  out += "\r\n";
  if (ask.body) out += *ask.body;
  return out;
}

void Target::keep_pace() {
  if (!options_.is_gentle) return;
  const TimePoint now = clock_.now();
  if (next_at_ > now) wire_.pause(next_at_ - now);
  next_at_ = std::max(next_at_, now) + kGentlePause;
}

// True when it has waited and the same may be asked again.
bool Target::wait_out(const Answer& answer) {
  if (answer.status != 429 || options_.is_gentle) return false;
  const auto wait_s = parse_u64(answer.header("Retry-After")).value_or(1);
  if (wait_s > kLongestWaitS || waited_s_ + wait_s > kPatienceS) return false;
  tell("over a limit: waiting " + std::to_string(wait_s) + " s");
  waited_s_ += wait_s;
  wire_.pause(std::chrono::seconds(wait_s));
  return true;
}

Exchange Target::send(const Script& script, bool waits_for_limits) {
  constexpr int kTries = 3;
  for (int i = 1;; ++i) {
    keep_pace();
    ++requests_;
    auto exchange = wire_.exchange(script);
    const auto& answer = exchange.first();
    if (!exchange.is_connected || (answer.status == 403 && !answer.header("Retry-After").empty()) ||
        answer.body.find("challenge_required") != std::string::npos)
      may_be_shut_out_ = true;
    if (!waits_for_limits || i == kTries || !wait_out(answer)) return exchange;
  }
}

Answer Target::ask_once(const Ask& ask) {
  const auto exchange = send({.pieces = {bytes_of(ask)},
                              .wait = std::chrono::seconds(30),
                              .is_head = ask.method == "HEAD"},
                             ask.waits_for_limits);
  return exchange.first();
}

Answer Target::ask(const Ask& ask) {
  auto answer = ask_once(ask);
  const bool brings_work = has_line(ask.lines, "x-gatehouse-challenge:");
  if (!ask.waits_for_limits || brings_work) return answer;
  const auto solution = solve_work(answer);
  if (!solution) return answer;
  tell("a proof of work was asked for, and done");
  Ask again = ask;
  again.lines.append("X-Gatehouse-Challenge: ").append(*solution).append("\r\n");
  return ask_once(again);
}

bool Target::is_shut_out() {
  if (!std::exchange(may_be_shut_out_, false)) return false;
  const auto exchange = send({.pieces = {bytes_of({})}}, false);
  const bool is_refused = exchange.first().status == 403 && usual_status_ != 403;
  may_be_shut_out_ = is_refused;
  return is_refused || !exchange.is_connected;
}

VisitorSession Target::start_session() {
  const auto answer = ask({.method = "POST",
                           .path = std::string(kSessionsPath),
                           .lines = "Origin: " + own_origin() + "\r\n",
                           .body = "{}"});
  VisitorSession session;
  codec::JsonReader reader;
  const auto json = reader.read(answer.body);
  if (!answer.is_success() || !json) return session;
  session.token = (*json)["token"].string_or_empty();
  session.csrf_token = (*json)["csrf_token"].string_or_empty();
  const auto cookie = answer.header("Set-Cookie");
  session.cookie = cookie.substr(0, cookie.find(';'));
  return session;
}

std::string Target::chat_body(std::string_view message) const {
  std::string body;
  JsonWriter json(body);
  if (has_session()) {
    json.begin_object().member("message", message).end_object();
    return body;
  }
  json.begin_object().member("model", "default").key("messages").begin_array().begin_object();
  json.member("role", "user").member("content", message).end_object().end_array().end_object();
  return body;
}

Ask Target::chat_ask(const std::string& body) const {
  if (has_session())
    return {.method = "POST",
            .path = "/api/v1/chat",
            .lines = bearer_line(session_.token),
            .body = body};
  return {.method = "POST",
          .path = "/v1/chat/completions",
          .lines = options_.api_key.empty() ? std::string() : bearer_line(options_.api_key),
          .body = body};
}

Answer Target::say(std::string_view message) { return ask(chat_ask(chat_body(message))); }

}  // namespace gatehouse::operations
