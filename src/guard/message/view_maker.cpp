#include "view_maker.hpp"

#include <algorithm>

#include "decoders.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"
#include "respelling.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::size_t kBudgetBytes = 64 * 1024;
constexpr std::size_t kLeastTags = 4;
constexpr std::uint32_t kLeastInnerDigits = 3;
constexpr std::uint32_t kLeastSingleLetters = 6;
constexpr std::uint32_t kLeastInnerPunctuation = 8;
constexpr std::uint32_t kLeastDigits = 16;

// Of these the operator's rules may make concepts: words that are met in text that was turned
// round, or moved by 13 letters, or that speak of it.
constexpr std::string_view kRot13Concept = "signal.rot13";
constexpr std::string_view kReversedConcept = "signal.reversed";

bool has_concept(const RuleScanner& scanner, std::string_view id) {
  return std::ranges::any_of(scanner.concepts(), [&](std::uint16_t concept_index) {
    return scanner.rules().concepts[concept_index].id == id;
  });
}

constexpr auto kFolded = [] {
  std::array<char, 128> table{};
  for (std::size_t c = 0; c < table.size(); ++c)
    table[c] = c <= ' ' || c == 0x7F ? ' ' : to_lower_ascii(static_cast<char>(c));
  return table;
}();

// Lower case with single spaces; its size. There must be room for the whole text.
std::size_t fold_spaces(std::string_view text, std::string& to) {
  char* const bytes = to.data();
  std::size_t size = 0;
  char last = '\0';
  for (const char c : text) {
    const char folded = kFolded[static_cast<unsigned char>(c) & 0x7F];
    bytes[size] = folded;
    size += folded == ' ' && last == ' ' ? 0 : 1;
    last = folded;
  }
  return size;
}

bool wants_unleeting(const TextSignals& signals) {
  return signals.inner_digits >= kLeastInnerDigits && signals.inner_digits * 2 < signals.letters;
}

bool wants_joining(const TextSignals& signals) {
  // English has an "a" in every sentence: a text is spelled out when letters stand alone
  // throughout.
  const bool is_spelled_out =
      signals.single_letters >= kLeastSingleLetters && signals.single_letters * 3 >= signals.spaces;
  return is_spelled_out || (signals.inner_punctuation >= kLeastInnerPunctuation &&
                            signals.inner_punctuation * 8 > signals.letters);
}

}  // namespace

bool ViewMaker::can_spend(std::size_t bytes) {
  if (bytes > budget_bytes_) return false;
  budget_bytes_ -= bytes;
  return true;
}

// What Folder makes of ASCII, without looking at each character's kind.
void ViewMaker::fold(std::string_view text, const TextSignals& signals, FoldedText& to) {
  if (!signals.is_ascii) return folder_.fold(text, to);
  to.tag_text.clear();
  to.signals = {};
  to.text.resize(text.size());
  if (signals.has_uneven_space) {
    to.text.resize(fold_spaces(text, to.text));
  } else {
    std::ranges::transform(text, to.text.begin(), [](char c) { return to_lower_ascii(c); });
  }
}

ViewReport ViewMaker::scan(std::string_view text, RuleScanner& scanner) {
  ViewReport report;
  budget_bytes_ = kBudgetBytes;
  report.signals = read_signals(text);
  fold(text, report.signals, folded_);
  report.unicode = folded_.signals;
  const auto words = scanner.scan_folded(folded_.text, ViewKind::kPlain);
  report.words = read_words(folded_.text, words, scanner.rules().model.words);
  scanner.scan_raw(text, report.signals.marks, report.signals.has_uneven_space);
  if (folded_.tag_text.size() >= kLeastTags) scan_hidden(folded_.tag_text, 0, scanner, report);
  scan_respelled(scanner, report);
  scan_keyed(scanner, report);
  scan_decoded(whole_characters(text, kBudgetBytes), report.signals, 0, scanner, report);
  return report;
}

void ViewMaker::scan_respelled(RuleScanner& scanner, ViewReport& report) {
  // Look-alikes and wide digits count after folding.
  const auto text = whole_characters(folded_.text, kBudgetBytes / 4);
  const TextSignals signals = report.signals.is_ascii ? report.signals : read_signals(text);
  if (wants_joining(signals) && can_spend(text.size())) {
    report.is_spaced = true;
    respelled_.clear();
    append_joined(text, respelled_);
    scanner.scan_folded(respelled_, ViewKind::kJoined);
  }
  if (!wants_unleeting(signals)) return;
  report.has_leet = true;
  for (const char one : {'i', 'l'}) {
    if (!can_spend(text.size())) return;
    respelled_.clear();
    append_without_leet(text, one, respelled_);
    scanner.scan_folded(respelled_, ViewKind::kDecoded);
  }
}

void ViewMaker::scan_keyed(RuleScanner& scanner, ViewReport& report) {
  const auto text = whole_characters(folded_.text, kBudgetBytes / 4);
  const bool is_rot13 = has_concept(scanner, kRot13Concept);
  if (has_concept(scanner, kReversedConcept) && can_spend(text.size())) {
    ++report.decoded;
    respelled_.clear();
    append_reversed(text, respelled_);
    scanner.scan_folded(respelled_, ViewKind::kDecoded);
  }
  if (is_rot13 && can_spend(text.size())) {
    ++report.decoded;
    respelled_.clear();
    append_rot13(text, respelled_);
    scanner.scan_folded(respelled_, ViewKind::kDecoded);
  }
}

void ViewMaker::scan_decoded(std::string_view text, const TextSignals& signals, std::size_t depth,
                             RuleScanner& scanner, ViewReport& report) {
  if (depth == kDepth) return;
  auto& out = decoded_[depth];
  const auto attempt = [&](bool is_asked_for, bool (*decode)(std::string_view, std::string&),
                           std::uint32_t weight) {
    if (!is_asked_for || budget_bytes_ < text.size()) return;
    out.clear();
    if (!decode(text, out)) return;
    report.decoded += weight;
    scan_hidden(out, depth, scanner, report);
  };
  const bool has_many_digits = signals.digits >= kLeastDigits;
  const bool has_few_letters = signals.letters * 4 < text.size();
  attempt(signals.has_long_run, decode_base64, 1);
  attempt(signals.has_long_run || has_many_digits, decode_hex, 1);
  attempt(has_many_digits, decode_binary, 1);
  attempt(has_few_letters && signals.letters < text.size(), decode_morse, 1);
  attempt(signals.marks.holds('%'), decode_percent, 0);
  attempt(signals.marks.holds('&'), decode_entities, 0);
  attempt(signals.marks.holds('\\'), decode_escapes, 0);
}

// `text` may be one of the buffers of its depth: what it hides goes into the next one.
void ViewMaker::scan_hidden(std::string_view text, std::size_t depth, RuleScanner& scanner,
                            ViewReport& report) {
  text = whole_characters(text, budget_bytes_ / 2);
  if (text.empty() || !can_spend(2 * text.size())) return;
  const TextSignals signals = read_signals(text);
  fold(text, signals, folded_view_);
  scanner.scan_folded(folded_view_.text, ViewKind::kDecoded);
  scanner.scan_raw(text, signals.marks, signals.has_uneven_space);
  scan_decoded(text, signals, depth + 1, scanner, report);
}

}  // namespace gatehouse::guard
