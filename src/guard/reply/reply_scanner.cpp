#include "gatehouse/guard/reply_scanner.hpp"

#include <algorithm>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"
#include "json_strings.hpp"
#include "opener_scan.hpp"

namespace gatehouse::guard {

// The two passes over one text that goes on.
struct ReplyLane {
  std::uint32_t choice = 0;
  std::uint8_t lane = 0;
  OpenerScan enforcing;
  OpenerScan observing;
};
static_assert(sizeof(ReplyLane) <= 256, "the state of a stream stays small");

// What was found, by rule. Bounded; the rest is counted with the last.
struct ReplyFindings {
  struct Row {
    std::string_view rule;
    std::string_view message;
    std::string_view action;
    std::uint32_t count = 0;
  };
  static constexpr std::size_t kRows = 16;
  std::array<Row, kRows> rows;
  std::size_t used = 0;

  void add(const ReplyRule& rule, std::string_view action) {
    auto* row = std::find_if(rows.begin(), rows.begin() + used, [&](const Row& known) {
      return known.rule == rule.id && known.action == action;
    });
    if (row == rows.begin() + used) {
      if (used == kRows) {
        ++rows.back().count;
        return;
      }
      ++used;
      *row = {rule.id, rule.message, action, 0};
    }
    ++row->count;
  }
};

namespace {

std::string_view name_of(ReplyAction action) {
  switch (action) {
    case ReplyAction::kMask:
      return "mask";
    case ReplyAction::kReplace:
      return "replace";
    case ReplyAction::kCut:
      return "cut";
  }
  return "cut";
}

class Recorder final : public FindingSink {
 public:
  Recorder(std::unique_ptr<ReplyFindings>& findings, bool is_observing)
      : findings_(findings), is_observing_(is_observing) {}
  void found(const ReplyRule& rule) override {
    last_ = &rule;
    if (!findings_) findings_ = std::make_unique<ReplyFindings>();
    findings_->add(rule, is_observing_ ? "observe" : name_of(rule.action));
  }
  const ReplyRule* last() const { return last_; }

 private:
  std::unique_ptr<ReplyFindings>& findings_;
  const bool is_observing_;
  const ReplyRule* last_ = nullptr;
};

Verdict ended_by(std::string_view rule, std::string_view reason) {
  return {.action = Action::kDeny,
          .code = ErrorCode::kContentBlocked,
          .score = 100,
          .rule = rule,
          .reason = reason,
          .field = {},
          .evidence = {}};
}

}  // namespace

ReplyScanner::ReplyScanner(const Policy& policy)
    : rules_(policy.reply_rules), max_bytes_(policy.reply_max_bytes) {}
ReplyScanner::~ReplyScanner() = default;
ReplyScanner::ReplyScanner(ReplyScanner&&) noexcept = default;

ReplyLane& ReplyScanner::lane_of(std::uint32_t choice, std::uint8_t lane) {
  const auto known = std::ranges::find_if(
      lanes_, [=](const ReplyLane& own) { return own.choice == choice && own.lane == lane; });
  if (known != lanes_.end()) return *known;
  return lanes_.emplace_back(ReplyLane{choice, lane, {}, {}});
}

void ReplyScanner::cut(std::string_view rule, std::string_view reason,
                       std::uint64_t unscanned_bytes) {
  unscanned_bytes_ += unscanned_bytes;
  if (!cut_) cut_ = ended_by(rule, reason);
}

void ReplyScanner::hold_bounds(std::string& text) {
  const std::uint64_t room = max_bytes_ - std::min(max_bytes_, scanned_bytes_);
  const Utf8Scan scan = scan_utf8(text);
  std::size_t kept = scan.bytes;
  if (scan.has_nul) kept = std::min(kept, text.find('\0'));
  const bool is_text = kept == text.size();
  const bool fits = kept <= room;
  if (!fits) kept = whole_characters(text, static_cast<std::size_t>(room)).size();
  scanned_bytes_ += kept;
  if (is_text && fits) [[likely]]
    return;
  unscanned_bytes_ += text.size() - kept;
  text.resize(kept);
  if (fits) {
    cut_ = ended_by("reply.not_text", "The reply was cut because it is not text.");
  } else {
    cut_ = ended_by("reply.too_long", "The reply was cut because it is too long.");
    cut_->evidence = std::to_string(max_bytes_) + " bytes";
  }
}

void ReplyScanner::cut_by(const ReplyRule& rule) {
  cut_ = ended_by(rule.id, "The reply was cut because it held what must not leave the house.");
  cut_->evidence = rule.message;
}

void ReplyScanner::scan_lane(ReplyLane& lane, std::string& text, bool is_last) {
  if (!rules_) return;
  if (!rules_->observed().rules.empty()) {
    Recorder observing(findings_, true);
    lane.observing.observe(rules_->observed(), text, is_last, observing);
  }
  Recorder enforcing(findings_, false);
  const auto unread = lane.enforcing.enforce(rules_->enforced(), text, is_last, enforcing);
  if (!unread) return;
  scanned_bytes_ -= std::min<std::uint64_t>(*unread, scanned_bytes_);
  unscanned_bytes_ += *unread;
  cut_by(*enforcing.last());  // before what cut the rest of this piece, if anything did
}

ScanReceipt ReplyScanner::scan(std::uint32_t choice, std::uint8_t lane, std::string& text) {
  if (cut_) {
    unscanned_bytes_ += text.size();
    text.clear();
    return ScanReceipt();
  }
  hold_bounds(text);
  scan_lane(lane_of(choice, lane), text, false);
  return ScanReceipt();
}

ScanReceipt ReplyScanner::finish(std::uint32_t choice, std::uint8_t lane, std::string& text) {
  text.clear();
  if (cut_) return ScanReceipt();
  ReplyLane& own = lane_of(choice, lane);
  scan_lane(own, text, true);
  own = ReplyLane{choice, lane, {}, {}};
  return ScanReceipt();
}

ScanReceipt ReplyScanner::scan_whole(std::string& text) {
  if (cut_) {
    unscanned_bytes_ += text.size();
    text.clear();
  } else if (!text.empty()) {
    hold_bounds(text);
    ReplyLane whole;
    scan_lane(whole, text, true);
  }
  return ScanReceipt();
}

ScanReceipt ReplyScanner::scan_json(std::string& json) {
  if (cut_) {
    unscanned_bytes_ += json.size();
  } else {
    hold_bounds(json);
  }
  if (cut_) {
    json.clear();  // half a JSON text is none
    return ScanReceipt();
  }
  std::string out;
  std::size_t copied = 0;  // of json into out
  const auto take = [&](std::size_t begin, std::size_t end, std::string plain, bool is_string) {
    const std::string before = plain;
    ReplyLane lane;
    scan_lane(lane, plain, true);
    if (plain == before) return;
    out.append(json, copied, begin - copied);
    copied = end;
    // Between strings stand numbers; what hides one takes its place as a string.
    append_json_string(out, is_string ? plain : kHidden);
  };
  const std::string_view text = json;
  std::size_t at = 0;
  while (at < text.size() && !cut_) {
    const auto string = next_json_string(text, at);
    const std::size_t between_end = string ? string->begin : text.size();
    while (at < between_end && !cut_) {
      const auto begin = std::min(text.find_first_of("0123456789-", at), between_end);
      const auto end = std::min(text.find_first_not_of("0123456789-.eE+", begin), between_end);
      if (end > begin) take(begin, end, std::string(text.substr(begin, end - begin)), false);
      at = std::max(end, begin);
    }
    if (!string || cut_) break;
    const std::size_t content = string->end - string->begin;
    const auto inner = text.substr(string->begin + 1, content < 2 ? 0 : content - 2);
    take(string->begin, string->end, decode_json_string(inner), true);
    at = string->end;
  }
  if (cut_) {
    json.clear();
  } else if (copied > 0) {
    out.append(json, copied);
    json = std::move(out);
  }
  return ScanReceipt();
}

void ReplyScanner::log_findings(telemetry::Log& log, telemetry::Counters& counters,
                                std::string_view request_id) const {
  const auto write = [&](std::string_view rule, std::string_view message, std::string_view action,
                         std::uint32_t count) {
    const bool is_cut = action == "cut";
    counters.add(is_cut ? telemetry::Counter::kGuardDenied : telemetry::Counter::kGuardFlagged);
    log.write(is_cut ? telemetry::Level::kWarning : telemetry::Level::kInfo,
              telemetry::event::kSecurityAlert, message,
              {{"request_id", request_id},
               {"rule", rule},
               {"action", action},
               {"count", count},
               {"bytes_scanned", scanned_bytes_},
               {"bytes_unscanned", unscanned_bytes_}});
  };
  bool is_cut_told = !cut_;
  for (std::size_t i = 0; findings_ && i < findings_->used; ++i) {
    const auto& row = findings_->rows[i];
    const bool is_cut = cut_ && row.rule == cut_->rule && row.action != "observe";
    is_cut_told = is_cut_told || is_cut;
    write(row.rule, row.message, is_cut ? "cut" : row.action, row.count);
  }
  if (!is_cut_told) write(cut_->rule, cut_->reason, "cut", 1);
}

}  // namespace gatehouse::guard
