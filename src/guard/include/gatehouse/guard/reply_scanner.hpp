// The reply stage: every piece of a reply passes here before a channel may write it.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "gatehouse/guard/admitted.hpp"
#include "gatehouse/guard/policy.hpp"
#include "gatehouse/guard/verdict.hpp"

namespace gatehouse::guard {

struct ReplyBytes {
  std::uint32_t choice = 0;
  std::uint8_t lane = 0;
  std::span<const std::string_view> pieces;  // whole characters; empty ones are passed over
};

// Scans one reply, piece by piece, under the policy it began with. Holds the policy's bounds: a
// reply over its size, or with bytes that are no text, is cut. One turn's; one worker's thread
// only.
class ReplyScanner {
 public:
  explicit ReplyScanner(const Policy& policy) : max_bytes_(policy.reply_max_bytes) {}

  // The proof for this piece, or why the reply ends here.
  std::expected<ScanReceipt, Verdict> scan(const ReplyBytes& bytes);
  // For what the house itself says.
  ScanReceipt pass_without_text() { return ScanReceipt(); }
  std::uint64_t scanned_bytes() const { return scanned_bytes_; }

 private:
  std::uint64_t max_bytes_;
  std::uint64_t scanned_bytes_ = 0;
};

}  // namespace gatehouse::guard
