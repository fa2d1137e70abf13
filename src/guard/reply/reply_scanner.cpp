#include "gatehouse/guard/reply_scanner.hpp"

#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {

std::expected<ScanReceipt, Verdict> ReplyScanner::scan(const ReplyBytes& bytes) {
  for (const auto piece : bytes.pieces) scanned_bytes_ += piece.size();
  if (scanned_bytes_ > max_bytes_) {
    return std::unexpected(Verdict{.action = Action::kDeny,
                                   .code = ErrorCode::kContentBlocked,
                                   .score = 100,
                                   .rule = "reply.too_long",
                                   .reason = "The reply was cut because it is too long.",
                                   .field = {},
                                   .evidence = std::to_string(max_bytes_) + " bytes"});
  }
  for (const auto piece : bytes.pieces) {
    const Utf8Scan scan = scan_utf8(piece);
    if (scan.is_valid && !scan.has_nul) continue;
    return std::unexpected(Verdict{.action = Action::kDeny,
                                   .code = ErrorCode::kContentBlocked,
                                   .score = 100,
                                   .rule = "reply.not_text",
                                   .reason = "The reply was cut because it is not text.",
                                   .field = {},
                                   .evidence = {}});
  }
  return ScanReceipt();
}

}  // namespace gatehouse::guard
