// Any text as a message: no rule, view or score fails on it, folding what is folded changes
// nothing, and evidence is short.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gatehouse/base/text.hpp"
#include "gatehouse/guard/message_analysis.hpp"
#include "message/fold.hpp"
#include "rules/shipped_rules.hpp"

namespace guard = gatehouse::guard;

namespace {

// Compiling the rules takes longer than an input may.
guard::MessageAnalyzer& analyzer() {
  static const auto kAnalyzer = guard::MessageAnalyzer::make(guard::shipped_rules()).value();
  return *kAnalyzer;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  analyzer();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static guard::Folder folder;
  const std::string text(data, data + size);
  const auto scan = gatehouse::scan_utf8(text);
  if (!scan.is_valid || scan.has_nul) return 0;  // the text guard stands before
  const auto findings = analyzer().read(text, guard::MessageOrigin::kPerson);
  if (findings.confidence > 1000 || findings.evidence.size() > 80) std::abort();
  guard::FoldedText once;
  guard::FoldedText twice;
  folder.fold(text, once);
  if (!gatehouse::scan_utf8(once.text).is_valid) std::abort();
  folder.fold(once.text, twice);
  if (once.text != twice.text) std::abort();
  return 0;
}
