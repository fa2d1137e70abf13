// Any reply, whole, in pieces and a second time: what comes out is the same, nothing that was
// written is taken back, and little is held. The first byte chooses the policy, the last ones the
// pieces.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"
#include "json_strings.hpp"
#include "reply_test_support.hpp"

namespace guard = gatehouse::guard;

namespace {

const guard::Policy& policy_of(std::uint8_t choice) {
  using guard::ReplyMode;
  static const std::vector<guard::Policy> kPolicies = {
      guard::reply_policy(),
      guard::reply_policy({.personal = ReplyMode::kEnforce,
                           .html = ReplyMode::kEnforce,
                           .link_hosts = {"ok.example", "*.own.example"},
                           .words = {"rival", "begin", "秘"},
                           .canaries = {gatehouse::Secret("~canary-1~")}}),
  };
  return kPolicies[choice % kPolicies.size()];
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const guard::Policy& policy = policy_of(data[0]);
  std::uint32_t chance = data[0] * 2654435761U + data[size - 1];
  std::string text(data + 1, data + size);
  text.resize(gatehouse::scan_utf8(text).bytes);
  std::vector<std::string> pieces(1);
  for (const char c : text) {
    const bool is_inside = gatehouse::is_utf8_tail(c);
    chance = chance * 1664525U + 1013904223U;
    if (!is_inside && (chance >> 28) < data[size - 1] % 16U) pieces.emplace_back();
    pieces.back() += c;
  }
  const std::string once = guard::scan_text(policy, text);
  require(guard::scan_pieces(policy, pieces).all() == once);
  // Personal data and words of a site may become findable by what was hidden beside them.
  if (data[0] % 2 == 0) require(guard::scan_text(policy, once) == once);

  std::size_t held = 0;
  std::size_t written = 0;
  guard::OpenerScan scan;
  struct Sink final : guard::FindingSink {
    void found(const guard::ReplyRule&) override { ++count; }
    std::size_t count = 0;
  } sink;
  for (const auto& piece : pieces) {
    std::string out = piece;
    if (scan.enforce(policy.reply_rules->enforced(), out, false, sink)) break;
    held = scan.held_bytes();
    written += out.size();
    require(held <= guard::kHeldBytesMax);
  }
  if (sink.count == 0) require(written + held == text.size());

  std::string json = text;
  guard::ReplyScanner(policy).scan_json(json);
  if (guard::rules_found(policy, text).empty()) guard::decode_json_string(text);
  return 0;
}
