// The reply stage: every piece of a reply passes here before a channel may write it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/guard/admitted.hpp"
#include "gatehouse/guard/policy.hpp"
#include "gatehouse/guard/reply_rules.hpp"
#include "gatehouse/guard/verdict.hpp"
#include "gatehouse/telemetry/counters.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::guard {

struct ReplyLane;
struct ReplyFindings;
struct ReplyRule;

// Scans one reply under the policy it began with. Each call leaves in `text` what may be written
// now: the same string untouched for plain prose, less where bytes are held until they are
// decided, nothing after a cut. However a reply is divided into pieces of whole characters, what
// comes out is the same. Holds at most 1 KiB for each lane. One turn's; one worker's thread only.
class ReplyScanner {
 public:
  explicit ReplyScanner(const Policy& policy);
  ~ReplyScanner();
  ReplyScanner(ReplyScanner&&) noexcept;

  // A piece of a text that goes on: `choice` and `lane` say which.
  ScanReceipt scan(std::uint32_t choice, std::uint8_t lane, std::string& text);
  // That text has ended: what was held of it is decided and comes out.
  ScanReceipt finish(std::uint32_t choice, std::uint8_t lane, std::string& text);
  // A text that is whole.
  ScanReceipt scan_whole(std::string& text);
  // A whole JSON text: its strings are scanned as they read when decoded. What is clean stays as
  // it was sent; what is masked is written anew, so the JSON stays valid.
  ScanReceipt scan_json(std::string& json);
  // For what the house itself says.
  ScanReceipt pass_without_text() { return ScanReceipt(); }
  // Ends the reply for a reason of the caller's, which can't show it to the scanner.
  void cut(std::string_view rule, std::string_view reason, std::uint64_t unscanned_bytes);

  // Why the reply ends here, once it does.
  const std::optional<Verdict>& verdict() const { return cut_; }
  std::uint64_t scanned_bytes() const { return scanned_bytes_; }
  std::uint64_t unscanned_bytes() const { return unscanned_bytes_; }

  // One line for each rule that found something, and for the cut. Called at the reply's end.
  void log_findings(telemetry::Log& log, telemetry::Counters& counters,
                    std::string_view request_id) const;

 private:
  ReplyLane& lane_of(std::uint32_t choice, std::uint8_t lane);
  // Holds the bounds; false when nothing of the text may be looked at any more.
  void hold_bounds(std::string& text);
  void scan_lane(ReplyLane& lane, std::string& text, bool is_last);
  void cut_by(const ReplyRule& rule);

  std::shared_ptr<const ReplyRules> rules_;  // null: bounds only
  std::vector<ReplyLane> lanes_;
  std::unique_ptr<ReplyFindings> findings_;  // made when there is something to tell
  std::optional<Verdict> cut_;
  std::uint64_t max_bytes_;
  std::uint64_t scanned_bytes_ = 0;
  std::uint64_t unscanned_bytes_ = 0;
};

}  // namespace gatehouse::guard
