#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gatehouse/base/text.hpp"
#include "gatehouse/extract_parsers/parsers.hpp"
#include "gatehouse/knowledge/document.hpp"

// Also fuzzes plain text, which shares the rule: the text is the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto type : {knowledge::kMarkdownType, knowledge::kPlainTextType}) {
    const auto document = extract::parse_document(type, bytes);
    if (!document) continue;
    if (!bytes.ends_with(document->text)) std::abort();
    std::uint64_t last = 0;
    for (const auto& block : document->blocks) {
      if (block.start < last || block.start >= block.end) std::abort();
      last = block.end;
    }
    if (last > scan_utf8(document->text).characters) std::abort();
  }
  return 0;
}
