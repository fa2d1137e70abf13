#include "judges.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"

namespace gatehouse::operations {
namespace {

std::string told(std::string_view what, std::uint16_t status) {
  return std::string(what) + " " + std::to_string(status);
}

// 501 and 505 say that something isn't spoken: a refusal like any other.
bool is_breakdown(std::uint16_t status) { return status >= 500 && status != 501 && status != 505; }

// Redirects, too, do nothing of what was asked.
bool is_refusal(std::uint16_t status) {
  return (status >= 300 && status < 500) || status == 501 || status == 505;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Over a limit, or asked for a proof of work: nothing of what was tried has been looked at.
bool is_limited(const Answer& answer) {
  return answer.status == 429 ||
         (answer.status == 403 && contains(answer.body, "challenge_required"));
}

Finding limited() { return unclear("a limit or a challenge answered instead"); }

// What the inside of a server says when it falls out: stack traces and errors of databases.
constexpr std::array<std::string_view, 20> kInsides = {
    "Traceback (most recent",
    "SQLSTATE[",
    "sqlite3.OperationalError",
    "SQLITE_ERROR",
    "You have an error in your SQL syntax",
    "unterminated quoted string",
    "psycopg2.",
    "ORA-00933",
    "MongoServerError",
    "at Object.<anonymous>",
    "node_modules/",
    "java.lang.",
    "goroutine 1 [",
    "Exception in thread",
    "Fatal error: Uncaught",
    "std::exception",
    "root:x:0:0",
    "[boot loader]",
    "ami-id",
    "computeMetadata",
};

}  // namespace

Finding judge_refusal(const Answer& answer) {
  if (is_limited(answer)) return limited();
  if (answer.status == 0 && answer.body.empty()) return held("closed without an answer");
  if (answer.status == 0) return unclear("an answer that is not HTTP/1.1");
  if (is_breakdown(answer.status)) return failed(told("it broke:", answer.status));
  if (is_refusal(answer.status)) return held(told("refused:", answer.status));
  return failed(told("it was taken:", answer.status));
}

Finding judge_credential(const Answer& answer) {
  if (is_limited(answer)) return limited();
  switch (answer.status) {
    case 401:
    case 403:
      return held(told("refused:", answer.status));
    case 0:
      return unclear("no answer");
    case 404:
    case 405:
      return skipped("not there");
    default:
      break;
  }
  if (is_breakdown(answer.status)) return failed(told("it broke:", answer.status));
  return failed(told("it was let in:", answer.status));
}

Finding judge_cors(const Answer& answer, std::string_view origin) {
  if (answer.status == 0) return unclear("no answer");
  const auto allowed = answer.header("Access-Control-Allow-Origin");
  const bool has_credentials =
      equals_ignoring_case(answer.header("Access-Control-Allow-Credentials"), "true");
  if (allowed == origin)
    return failed(has_credentials ? "allowed, with credentials" : "the origin is allowed");
  if (allowed == "*" && has_credentials) return failed("* together with credentials");
  if (allowed == "*") return unclear("any origin may read, without credentials");
  return held("not allowed to read");
}

Finding judge_header(const Answer& answer, std::string_view name, std::string_view value) {
  if (answer.status == 0) return unclear("no answer");
  const auto found = answer.joined(name);
  if (found.empty()) return failed("the header is missing");
  if (found != value) return failed("it is: " + found);
  return held("as it should be");
}

Finding judge_csp(const Answer& first, const Answer& second) {
  constexpr std::string_view kMark = "'nonce-";
  if (is_limited(first) || is_limited(second)) return limited();
  const auto policy = first.header("Content-Security-Policy");
  if (policy.empty()) return failed("no Content-Security-Policy");
  if (contains(policy, "unsafe-inline") || contains(policy, "unsafe-eval"))
    return failed("it lets in what is unsafe");
  const auto nonce_of = [&](std::string_view text) {
    const auto at = text.find(kMark);
    if (at == std::string_view::npos) return std::string_view();
    text.remove_prefix(at + kMark.size());
    return text.substr(0, text.find('\''));
  };
  const auto nonce = nonce_of(policy);
  if (nonce.empty())
    return contains(policy, "default-src 'none'") ? held("no script at all")
                                                  : unclear("a policy without a nonce");
  constexpr std::size_t kLeastCharacters = 16;
  if (nonce.size() < kLeastCharacters) return failed("the nonce can be guessed");
  if (nonce == nonce_of(second.header("Content-Security-Policy")))
    return failed("the nonce is the same each time");
  return held("a new nonce each time");
}

Finding judge_disclosure(const Answer& answer) {
  if (answer.status == 0) return unclear("no answer");
  constexpr std::array<std::string_view, 4> kNames = {"Server", "X-Powered-By", "Via",
                                                      "X-AspNet-Version"};
  for (const auto name : kNames) {
    const auto value = answer.header(name);
    const bool has_version = std::ranges::any_of(value, is_digit_ascii);
    if (name != "Via" && (has_version || (name != "Server" && !value.empty())))
      return failed(std::string(name) + ": " + std::string(value));
  }
  return held("no software, no versions");
}

Finding judge_cookie(const Answer& answer, bool is_secure) {
  const auto cookie = to_lower_ascii(answer.header("Set-Cookie"));
  if (!answer.is_success()) return skipped("no session was given");
  if (cookie.empty()) return skipped("no cookie is used");
  if (!contains(cookie, "httponly")) return failed("without HttpOnly");
  if (!contains(cookie, "samesite=lax") && !contains(cookie, "samesite=strict"))
    return failed("without SameSite");
  if (is_secure && !contains(cookie, "secure")) return failed("without Secure");
  return held("kept from scripts and other sites");
}

Finding judge_echo(const Answer& answer, std::string_view word) {
  if (answer.status == 0) return unclear("no answer");
  if (contains(answer.body, word)) return failed("the page repeats it");
  for (const auto& [name, value] : answer.headers) {
    if (contains(value, word)) return failed(name + " repeats it");
  }
  return held("not used");
}

Finding judge_smuggling(const Exchange& exchange) {
  if (!exchange.is_connected) return unclear("no connection");
  if (exchange.answers.size() > 1) return failed("two answers: the hidden request was read");
  if (exchange.answers.empty())
    return exchange.is_closed ? held("closed without an answer") : unclear("no answer, still open");
  auto finding = judge_refusal(exchange.answers.front());
  if (finding.verdict != DrillVerdict::kHeld || exchange.is_closed) return finding;
  return failed(told("refused, but the connection stays open:", exchange.first().status));
}

Finding judge_single_answer(const Exchange& exchange) {
  if (!exchange.is_connected) return unclear("no connection");
  if (exchange.answers.size() > 1) return failed("two answers: the body was read as a request");
  if (exchange.answers.empty()) return unclear("no answer");
  return held(told("one answer:", exchange.first().status));
}

std::string_view find_inside(std::string_view text, std::string_view sent) {
  for (const auto inside : kInsides) {
    if (contains(text, inside) && !contains(sent, inside)) return inside;
  }
  return {};
}

Finding judge_payload(const Answer& answer, std::string_view payload, std::string_view proof) {
  if (answer.status == 0)
    return answer.body.empty() ? unclear("no answer") : unclear("an answer that is not HTTP/1.1");
  if (is_limited(answer)) return limited();
  if (is_breakdown(answer.status)) return failed(told("it broke:", answer.status));
  if (!proof.empty() && contains(answer.body, proof)) return failed("it was carried out");
  if (const auto inside = find_inside(answer.body, payload); !inside.empty())
    return failed("the answer tells: " + std::string(inside));
  if (answer.is_html() && contains(answer.body, payload)) return failed("it comes back as HTML");
  if (answer.is_success()) return held(told("answered safely:", answer.status));
  return held(told("refused:", answer.status));
}

Finding judge_path(const Answer& answer) {
  if (is_limited(answer)) return limited();
  if (const auto inside = find_inside(answer.body, {}); !inside.empty())
    return failed("a foreign file: " + std::string(inside));
  if (answer.status == 0 && answer.body.empty()) return held("closed without an answer");
  if (is_breakdown(answer.status)) return failed(told("it broke:", answer.status));
  if (is_refusal(answer.status)) return held(told("refused:", answer.status));
  return unclear(told("answered, with nothing of a foreign file:", answer.status));
}

Finding judge_slow(const Exchange& exchange, std::uint64_t patience_ms) {
  if (!exchange.is_connected) return unclear("no connection");
  const auto seconds = std::to_string((exchange.duration_ms + 500) / 1000) + " s";
  if (exchange.is_closed) return held("closed after " + seconds);
  if (exchange.duration_ms + 500 < patience_ms) return unclear("answered after " + seconds);
  return failed("still open after " + seconds);
}

std::vector<RateItem> read_rate_items(std::string_view value) {
  std::vector<RateItem> items;
  for (const auto item : split(value, ',')) {
    RateItem read;
    for (const auto part : split(item, ';')) {
      const auto number = part.size() > 2 ? parse_u64(part.substr(2)) : std::nullopt;
      if (part.starts_with('"')) {
        read.name = part;
      } else if (number && part.starts_with("q=")) {
        read.limit = *number;
      } else if (number && part.starts_with("w=")) {
        read.window_s = *number;
      } else if (number && part.starts_with("r=")) {
        read.remaining = *number;
      }
    }
    items.push_back(std::move(read));
  }
  return items;
}

std::optional<RateItem> smallest_policy(const std::vector<RateItem>& policies) {
  constexpr std::uint64_t kLongestWindowS = 120;
  constexpr std::uint64_t kMostRequests = 1500;
  std::optional<RateItem> found;
  for (const auto& policy : policies) {
    if (policy.window_s > kLongestWindowS || policy.limit == 0 || policy.limit > kMostRequests)
      continue;
    if (!found || policy.limit < found->limit) found = policy;
  }
  return found;
}

Finding judge_limit(std::uint64_t limit, std::uint64_t sent, std::uint16_t refusal) {
  if (refusal == 0)
    return failed(std::to_string(sent) + " requests got through, " + std::to_string(limit) +
                  " may");
  return held(told("refused after " + std::to_string(sent) + ":", refusal));
}

Finding judge_forwarded(const Answer& first, const Answer& second) {
  if (second.status == 429) return held("refused all the same: 429");
  const auto before = read_rate_items(first.joined("RateLimit"));
  const auto after = read_rate_items(second.joined("RateLimit"));
  for (const auto& item : before) {
    const auto same = std::ranges::find(after, item.name, &RateItem::name);
    if (same == after.end()) continue;
    if (same->remaining < item.remaining) return held("counted as the same client");
    return failed("it has a fresh allowance");
  }
  return unclear("the server doesn't tell what is left");
}

Finding judge_prompt(const Answer& answer, std::string_view canary) {
  if (answer.status == 0) return unclear("no answer");
  if (!canary.empty() && contains(answer.body, canary)) return failed("the canary came back");
  if (is_breakdown(answer.status)) return failed(told("it broke:", answer.status));
  if (is_limited(answer)) return limited();
  if (answer.is_success()) return unclear("answered; read what was said");
  return held(told("refused:", answer.status));
}

Finding judge_masking(const Answer& answer, std::string_view secret, std::uint64_t questions) {
  if (contains(answer.body, secret)) return failed("it came through the reply");
  if (is_limited(answer)) return limited();
  if (questions == 0) return skipped("the server did not ask this backend");
  if (answer.is_success()) return held("it is not in the reply");
  return unclear(told("the backend was asked, the answer was", answer.status));
}

}  // namespace gatehouse::operations
