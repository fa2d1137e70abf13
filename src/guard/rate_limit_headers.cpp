#include <algorithm>
#include <array>
#include <charconv>

#include "gatehouse/guard/rate_limits.hpp"

namespace gatehouse::guard {
namespace {

// Of one item: its name, which is a literal of ours, both numbers, and what stands between.
constexpr std::size_t kItemBytesMax = 96;

// As ";k=number".
char* write_number(char* at, char key, std::uint64_t number) {
  constexpr std::size_t kDigitsMax = 20;
  *at++ = ';';
  *at++ = key;
  *at++ = '=';
  return std::to_chars(at, at + kDigitsMax, number).ptr;
}

bool is_shown(const RateCharges& charges, const RateDecision& decision, std::size_t index) {
  if (index >= decision.quota_count) return false;
  if (decision.is_admitted) return !charges.labels()[index].is_shared;
  if (decision.worst == index) return true;
  return !charges.labels()[index].is_shared &&
         decision.quotas[index].reset_s <= decision.retry_after_s;
}

// Calls `write_parameters(at, index)` behind the name of each item that is shown.
template <typename WriteParameters>
void append_list(std::string& out, const RateCharges& charges, const RateDecision& decision,
                 const WriteParameters& write_parameters) {
  std::array<char, RateCharges::kMaxCount * kItemBytesMax> list;
  char* at = list.data();
  for (std::size_t i = 0; i < charges.charges().size(); ++i) {
    if (!is_shown(charges, decision, i)) continue;
    if (at != list.data()) at = std::ranges::copy(std::string_view(", "), at).out;
    *at++ = '"';
    const auto name = charges.labels()[i].name;
    at += name.copy(at, name.size());
    *at++ = '"';
    at = write_parameters(at, i);
  }
  out.append(list.data(), at);
}

}  // namespace

void append_rate_limit_policy(std::string& out, const RateCharges& charges,
                              const RateDecision& decision) {
  append_list(out, charges, decision, [&](char* at, std::size_t i) {
    const RateCharge& charge = charges.charges()[i];
    at = write_number(at, 'q', charges.labels()[i].amount_of(charge.limit));
    return write_number(at, 'w', charge.window_s);
  });
}

void append_rate_limit(std::string& out, const RateCharges& charges, const RateDecision& decision) {
  append_list(out, charges, decision, [&](char* at, std::size_t i) {
    const RateQuota& quota = decision.quotas[i];
    at = write_number(at, 'r', charges.labels()[i].amount_of(quota.remaining));
    return write_number(at, 't', quota.reset_s);
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
