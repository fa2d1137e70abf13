// For tests: a small document, ready for the index.
#pragma once

#include <string>
#include <utility>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/chunker.hpp"
#include "gatehouse/knowledge/document.hpp"
#include "gatehouse/knowledge/tokenizer.hpp"

namespace gatehouse::knowledge::testing {

// Markdown of one paragraph.
inline IndexedDocument document_of(std::string id, std::string file, std::string text) {
  ExtractedDocument extracted;
  extracted.title = "About " + file;
  extracted.text = text;
  extracted.blocks.push_back(
      {.kind = BlockKind::kParagraph, .start = 0, .end = scan_utf8(text).characters});
  Tokenizer tokenizer;
  DocumentInfo info{.id = std::move(id),
                    .file = std::move(file),
                    .title = {},
                    .media_type = std::string(kMarkdownType),
                    .size_bytes = text.size(),
                    .modified_ms = 7,
                    .fingerprint = "f"};
  return index_document(std::move(info), std::move(extracted), tokenizer);
}

}  // namespace gatehouse::knowledge::testing
