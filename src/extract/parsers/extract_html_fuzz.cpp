#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gatehouse/base/text.hpp"
#include "gatehouse/extract_parsers/parsers.hpp"
#include "gatehouse/knowledge/document.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto document = extract::parse_document(knowledge::kHtmlType, bytes);
  if (!document) return 0;
  const auto scan = scan_utf8(document->text);
  if (!scan.is_valid) std::abort();
  std::uint64_t last = 0;
  for (const auto& block : document->blocks) {
    if (block.start < last || block.start >= block.end) std::abort();
    last = block.end;
  }
  if (last > scan.characters) std::abort();
  return 0;
}
