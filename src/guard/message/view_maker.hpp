// Makes the views of one message and has each scanned.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "fold.hpp"
#include "rule_scanner.hpp"
#include "text_signals.hpp"
#include "word_pass.hpp"

namespace gatehouse::guard {

// What making the views showed about the message.
struct ViewReport {
  TextSignals signals;
  UnicodeSignals unicode;
  WordPass words;
  std::uint32_t decoded = 0;  // encodings undone, those of whole texts (%41, &lt;) aside
  bool has_leet = false;
  bool is_spaced = false;
};

// One per worker. A plain ASCII message has two views: its bytes and the same in lower case. Others
// are made only when the message asks for them, at most 64 KB in all and two encodings deep.
class ViewMaker {
 public:
  // Scans `text`, which must be valid UTF-8, in all its views.
  ViewReport scan(std::string_view text, RuleScanner& scanner);
  // The folded text of the last message.
  std::string_view folded() const { return folded_.text; }

 private:
  static constexpr std::size_t kDepth = 2;

  void fold(std::string_view text, const TextSignals& signals, FoldedText& to);
  void scan_respelled(RuleScanner& scanner, ViewReport& report);
  void scan_keyed(RuleScanner& scanner, ViewReport& report);
  void scan_decoded(std::string_view text, const TextSignals& signals, std::size_t depth,
                    RuleScanner& scanner, ViewReport& report);
  void scan_hidden(std::string_view text, std::size_t depth, RuleScanner& scanner,
                   ViewReport& report);
  bool can_spend(std::size_t bytes);

  Folder folder_;
  FoldedText folded_;
  FoldedText folded_view_;
  std::string respelled_;
  std::array<std::string, kDepth> decoded_;
  std::size_t budget_bytes_ = 0;
};

}  // namespace gatehouse::guard
