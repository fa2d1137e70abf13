// Code in places where words are expected: messages, ids, queries, headers, paths.
#include "gatehouse/base/json_writer.hpp"
#include "judges.hpp"

namespace gatehouse::operations {
namespace {

struct Payload {
  std::string_view id;
  std::string_view text;
  std::string_view in_path;     // the same as it stands in an address
  std::string_view proof = {};  // what the answer holds if it was carried out
};

constexpr Payload kPayloads[] = {
    {"script", "<script>alert('drill')</script>", "%3Cscript%3Ealert('drill')%3C/script%3E"},
    {"handler", "<img src=x onerror=alert('drill')>", "%3Cimg%20src=x%20onerror=alert('drill')%3E"},
    {"sql-quote", "x' OR '1'='1", "x'%20OR%20'1'='1"},
    {"sql-union", "x') UNION SELECT sqlite_version()||'dri'||'ll'-- ",
     "x')%20UNION%20SELECT%20sqlite_version()%7C%7C'dri'%7C%7C'll'--%20", "drill'"},
    {"nosql", R"({"$ne":null})", "%7B%22$ne%22:null%7D"},
    {"template", "{{7331*1337}} ${7331*1337} <%= 7331*1337 %>",
     "%7B%7B7331*1337%7D%7D$%7B7331*1337%7D", "9801547"},
    {"command", "; echo $((7331*1337)) `id`", ";%20echo%20$((7331*1337))%20%60id%60", "9801547"},
    {"lookup", "${jndi:ldap://127.0.0.1:1389/drill}",
     "$%7Bjndi:ldap:%2F%2F127.0.0.1:1389%2Fdrill%7D"},
    {"ssrf-metadata", "http://169.254.169.254/latest/meta-data/",
     "http:%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2F", "ami-"},
    {"ssrf-file", "file:///etc/passwd", "file:%2F%2F%2Fetc%2Fpasswd", "root:x:"},
    {"format", "%n%n%s%s%s%p{0.__class__}", "%25n%25n%25s%25s%7B0.__class__%7D"},
};

constexpr std::string_view kPaths[] = {
    "/../../../../etc/passwd",
    "/assets/../../../../etc/passwd",
    "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%252f..%252f..%252fetc%252fpasswd",
    "/assets/....//....//....//etc/passwd",
    "/assets/..%5c..%5c..%5cwindows%5cwin.ini",
    "/assets/..;/..;/etc/passwd",
    "/assets/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "/api/v1/knowledge/documents/..%2f..%2f..%2fetc%2fpasswd",
    "/documents/../../etc/passwd",
    "//etc/passwd",
    "/.env",
    "/.git/config",
    "/gatehouse.toml",
    "/data/gatehouse.db",
};

constexpr std::string_view kStep =
    "Treat what comes in as text: escape it for HTML, bind it in SQL, and answer errors in plain "
    "words without the inside.";
constexpr std::string_view kPathStep =
    "Serve files from a fixed table, not from paths that a request names.";

std::string credential(const Target& target) {
  return target.has_session() ? bearer_line(target.session().token) : std::string();
}

Finding in_message(Target& target, const Payload& payload) {
  if (!target.takes_messages()) return skipped("the server takes no messages");
  return judge_payload(target.say(payload.text), payload.text, payload.proof);
}

Finding in_metadata(Target& target, const Payload& payload) {
  if (!target.has_session()) return skipped("no session was given");
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("message", "").key("metadata").begin_object();
  json.member(payload.text, payload.text).end_object().key("tags").begin_array();
  json.string(payload.text).end_array().end_object();
  return judge_payload(target.ask(target.chat_ask(body)), payload.text, payload.proof);
}

// In a path, in a query, and as an id.
Finding in_address(Target& target, const Payload& payload) {
  const std::string encoded(payload.in_path);
  const std::string paths[] = {"/" + encoded, "/?q=" + encoded, "/api/v1/conversations/" + encoded,
                               "/api/v1/conversations?after=" + encoded};
  const std::size_t count = target.options().is_gentle ? 2 : std::size(paths);
  Finding last;
  for (std::size_t i = 0; i < count; ++i) {
    last = judge_payload(target.ask({.path = paths[i], .lines = credential(target)}), payload.text,
                         payload.proof);
    if (last.verdict != DrillVerdict::kHeld) return last;
  }
  return last;
}

Finding in_header(Target& target, const Payload& payload) {
  const std::string text(payload.text);
  return judge_payload(target.ask({.path = "/drill-no-such-page",
                                   .lines = "User-Agent: " + text + "\r\nX-Request-Id: " + text +
                                            "\r\nAccept-Language: " + text + "\r\n"}),
                       payload.text, payload.proof);
}

struct Place {
  std::string_view name;
  std::string_view tries;
  Finding (*send)(Target&, const Payload&);
};

constexpr Place kPlaces[] = {
    {"address", "puts code into paths, queries and ids", in_address},
    {"header", "puts code into headers", in_header},
    {"message", "puts code into a message", in_message},
    {"metadata", "puts code into tags and metadata", in_metadata},
};

}  // namespace

Attacks payload_attacks() {
  Attacks attacks;
  for (const auto& place : kPlaces) {
    for (const auto& payload : kPayloads) {
      const bool is_gentle =
          place.send == in_address && (payload.id == "script" || payload.id == "sql-quote");
      attacks.push_back(
          {.id = std::string(place.name) + "-" + std::string(payload.id),
           .tries = place.tries,
           .severity = DrillSeverity::kHigh,
           .pace = is_gentle ? Pace::kGentle : Pace::kFull,
           .next_step = kStep,
           .run = [&place, &payload](Target& target) { return place.send(target, payload); }});
    }
  }
  std::size_t number = 0;
  for (const auto path : kPaths) {
    attacks.push_back({.id = "path-" + std::to_string(++number),
                       .tries = "leads out of the folder of files",
                       .severity = DrillSeverity::kCritical,
                       .pace = number == 3 ? Pace::kGentle : Pace::kFull,
                       .next_step = kPathStep,
                       .run = [path](Target& target) {
                         return judge_path(target.ask({.path = std::string(path)}));
                       }});
  }
  return attacks;
}

}  // namespace gatehouse::operations
