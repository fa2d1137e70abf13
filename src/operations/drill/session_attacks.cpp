// A visitor's session: chosen by somebody else, altered, stolen, used after its end.
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"
#include "judges.hpp"

namespace gatehouse::operations {
namespace {

// Passes every check of credentials and none of messages: nothing is asked and nothing stored.
constexpr std::string_view kEmptyMessage = R"({"message":""})";
constexpr std::string_view kStep =
    "Check every credential in full, on every address, before anything else is done.";

Answer post_empty(Target& target, const std::string& lines) {
  return target.ask({.method = "POST",
                     .path = "/api/v1/chat",
                     .lines = lines,
                     .body = std::string(kEmptyMessage)});
}

// Another character at `at`, of those that stand in tokens.
std::string altered(std::string token, std::size_t at) {
  token[at] = token[at] == 'A' ? 'B' : 'A';
  return token;
}

Finding use_altered(Target& target, std::size_t part) {
  const auto& token = target.session().token;
  return judge_credential(post_empty(target, bearer_line(altered(token, token.size() * part / 8))));
}

Finding use_unsigned(Target& target) {
  const auto& token = target.session().token;
  const auto dot = token.rfind('.');
  if (dot == std::string::npos) return skipped("the token has no parts");
  return judge_credential(post_empty(target, bearer_line(token.substr(0, dot + 1))));
}

Finding fix_session(Target& target) {
  const auto& cookie = target.session().cookie;
  const auto name = cookie.substr(0, cookie.find('='));
  if (name.empty()) return skipped("no cookie is used");
  const std::string chosen = "drillchosensession0123456789";
  const auto answer = target.ask(
      {.method = "POST",
       .path = "/api/v1/sessions",
       .lines = "Origin: " + target.own_origin() + "\r\nCookie: " + name + "=" + chosen + "\r\n",
       .body = "{}"});
  if (!answer.is_success()) return judge_refusal(answer);
  return judge_echo(answer, chosen);
}

Finding use_cookie(Target& target, const std::string& csrf_line) {
  if (target.session().cookie.empty()) return skipped("no cookie is used");
  return judge_credential(
      post_empty(target, "Cookie: " + target.session().cookie + "\r\n" + csrf_line));
}

Finding use_foreign_csrf(Target& target) {
  const auto other = target.start_session();
  if (other.csrf_token.empty()) return skipped("no CSRF token is given");
  return use_cookie(target, "X-CSRF-Token: " + other.csrf_token + "\r\n");
}

Finding read_foreign_conversation(Target& target) {
  const auto said = target.say("Hello, which questions can I ask here?");
  codec::JsonReader reader;
  const auto json = reader.read(said.body);
  const std::string id(json ? (*json)["conversation_id"].string_or_empty() : std::string_view());
  if (id.empty()) return skipped("no conversation was begun");
  const auto other = target.start_session();
  if (other.token.empty()) return skipped("no second session was given");
  const std::string path = "/api/v1/conversations/" + id;
  const auto answer = target.ask({.path = path, .lines = bearer_line(other.token)});
  const auto removed =
      target.ask({.method = "DELETE", .path = path, .lines = bearer_line(target.session().token)});
  if (!removed.is_success()) target.tell("a conversation of the drill could not be removed");
  return judge_refusal(answer);
}

Finding use_after_end(Target& target) {
  const auto session = target.start_session();
  if (session.token.empty()) return skipped("no session was given");
  const auto ended = target.ask({.method = "DELETE",
                                 .path = "/api/v1/sessions/current",
                                 .lines = bearer_line(session.token)});
  if (!ended.is_success()) return skipped("sessions can't be ended");
  return judge_credential(post_empty(target, bearer_line(session.token)));
}

Finding check_cookie(Target& target) {
  return judge_cookie(target.ask({.method = "POST",
                                  .path = "/api/v1/sessions",
                                  .lines = "Origin: " + target.own_origin() + "\r\n",
                                  .body = "{}"}),
                      target.server().is_secure);
}

using Run = Finding (*)(Target&);

Attack attack(std::string_view id, std::string_view tries, DrillSeverity severity, Pace pace,
              Run run) {
  return {.id = std::string(id),
          .tries = tries,
          .severity = severity,
          .pace = pace,
          .next_step = kStep,
          .run = [run](Target& target) {
            return target.has_session() ? run(target) : skipped("no session was given");
          }};
}

}  // namespace

Attacks session_attacks() {
  using enum DrillSeverity;
  return {
      attack("no-token", "sends a message without any credential", kHigh, Pace::kGentle,
             [](Target& target) { return judge_credential(post_empty(target, {})); }),
      attack("altered-start", "alters the beginning of a token", kCritical, Pace::kFull,
             [](Target& target) { return use_altered(target, 1); }),
      attack("altered-middle", "alters the middle of a token", kCritical, Pace::kFull,
             [](Target& target) { return use_altered(target, 4); }),
      attack("altered-end", "alters the signature of a token", kCritical, Pace::kGentle,
             [](Target& target) { return use_altered(target, 7); }),
      attack("unsigned", "leaves the signature of a token away", kCritical, Pace::kFull,
             use_unsigned),
      attack("fixation", "makes a visitor use a session of its choice", kHigh, Pace::kGentle,
             fix_session),
      attack("cookie-flags", "looks for a cookie that scripts or other sites get", kMedium,
             Pace::kFull, check_cookie),
      attack("cookie-without-csrf", "lets a browser send with the cookie alone", kHigh, Pace::kFull,
             [](Target& target) { return use_cookie(target, {}); }),
      attack("cookie-foreign-csrf", "adds the CSRF token of another session", kHigh, Pace::kFull,
             use_foreign_csrf),
      attack("foreign-conversation", "reads the conversation of somebody else", kCritical,
             Pace::kFull, read_foreign_conversation),
      attack("after-end", "uses a session that was ended", kHigh, Pace::kFull, use_after_end),
  };
}

}  // namespace gatehouse::operations
