#include <algorithm>
#include <array>
#include <charconv>

#include "gatehouse/guard/rate_limits.hpp"

namespace gatehouse::guard {
namespace {

// `key` is four bytes at most: with its number it is appended at once.
void append_number(std::string& out, std::string_view key, std::uint64_t number) {
  std::array<char, 24> text;
  char* const digits = std::ranges::copy(key, text.data()).out;
  out.append(text.data(), std::to_chars(digits, text.data() + text.size(), number).ptr);
}

bool is_shown(const RateCharges& charges, const RateDecision& decision, std::size_t index) {
  if (index >= decision.quota_count) return false;
  if (decision.is_admitted) return !charges.labels()[index].is_shared;
  if (decision.worst == index) return true;
  return !charges.labels()[index].is_shared &&
         decision.quotas[index].reset_s <= decision.retry_after_s;
}

// Calls `append_parameters(index)` after the name of each item that is shown.
template <typename AppendParameters>
void append_list(std::string& out, const RateCharges& charges, const RateDecision& decision,
                 const AppendParameters& append_parameters) {
  bool is_first = true;
  for (std::size_t i = 0; i < charges.charges().size(); ++i) {
    if (!is_shown(charges, decision, i)) continue;
    if (!is_first) out += ", ";
    is_first = false;
    out += '"';
    out += charges.labels()[i].name;
    out += '"';
    append_parameters(i);
  }
}

}  // namespace

void append_rate_limit_policy(std::string& out, const RateCharges& charges,
                              const RateDecision& decision) {
  append_list(out, charges, decision, [&](std::size_t i) {
    append_number(out, ";q=", charges.labels()[i].amount_of(charges.charges()[i].limit));
    append_number(out, ";w=", charges.charges()[i].window_s);
  });
}

void append_rate_limit(std::string& out, const RateCharges& charges, const RateDecision& decision) {
  append_list(out, charges, decision, [&](std::size_t i) {
    append_number(out, ";r=", charges.labels()[i].amount_of(decision.quotas[i].remaining));
    append_number(out, ";t=", decision.quotas[i].reset_s);
  });
}

void append_rate_limit_headers(std::string& header_lines, const RateCharges& charges,
                               const RateDecision& decision) {
  constexpr std::string_view kPolicyName = "RateLimit-Policy: ";
  const std::size_t start = header_lines.size();
  header_lines += kPolicyName;
  append_rate_limit_policy(header_lines, charges, decision);
  if (header_lines.size() == start + kPolicyName.size()) {
    header_lines.resize(start);  // an empty list is no field at all
    return;
  }
  header_lines += "\r\nRateLimit: ";
  append_rate_limit(header_lines, charges, decision);
  header_lines += "\r\n";
}

}  // namespace gatehouse::guard
