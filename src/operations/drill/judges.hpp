// From an answer to a verdict. Pure functions: they know nothing of the server but what it said.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "answer.hpp"
#include "attack.hpp"

namespace gatehouse::operations {

// What must be refused: a client error holds, a success fails, and so does a server that breaks.
Finding judge_refusal(const Answer& answer);
// What must not be let in: only "who are you?" and "not you" hold. An address that isn't there is
// passed over.
Finding judge_credential(const Answer& answer);

// The answer must not let pages of `origin` read it.
Finding judge_cors(const Answer& answer, std::string_view origin);
Finding judge_header(const Answer& answer, std::string_view name, std::string_view value);
Finding judge_csp(const Answer& first, const Answer& second);
Finding judge_disclosure(const Answer& answer);  // of software and versions in headers
Finding judge_cookie(const Answer& answer, bool is_secure);
// None of the headers or the body repeats `word`.
Finding judge_echo(const Answer& answer, std::string_view word);

// Of two readings of the same bytes, neither may be acted on: one refusal, and closed.
Finding judge_smuggling(const Exchange& exchange);
// A body that looks like a request is a body: one answer only.
Finding judge_single_answer(const Exchange& exchange);

// `payload` was sent; it must not break the server, come back as markup or be carried out, which
// would show `proof` (where that is not empty).
Finding judge_payload(const Answer& answer, std::string_view payload, std::string_view proof);
// A path that leads out of what is served.
Finding judge_path(const Answer& answer);
// What no answer may tell of the inside, other than what `sent` said itself; empty if it doesn't.
std::string_view find_inside(std::string_view text, std::string_view sent);

Finding judge_slow(const Exchange& exchange, std::uint64_t patience_ms);

// An item of RateLimit-Policy or RateLimit: "name";q=60;w=60.
struct RateItem {
  std::string name;
  std::uint64_t limit = 0;      // q
  std::uint64_t window_s = 0;   // w
  std::uint64_t remaining = 0;  // r
};
std::vector<RateItem> read_rate_items(std::string_view value);
// The policy that fills first, of those that can be filled while somebody waits.
std::optional<RateItem> smallest_policy(const std::vector<RateItem>& policies);
// `sent` requests got through before one was refused with `refusal` (0: none was).
Finding judge_limit(std::uint64_t limit, std::uint64_t sent, std::uint16_t refusal);
// Two answers to the same question from "other" addresses: what is left must go down.
Finding judge_forwarded(const Answer& first, const Answer& second);

Finding judge_prompt(const Answer& answer, std::string_view canary);
// `secret` was said by the backend, which was asked `questions` times.
Finding judge_masking(const Answer& answer, std::string_view secret, std::uint64_t questions);

}  // namespace gatehouse::operations
