// The parsers of documents. Linked only into the gatehouse-extract child, its tests and fuzzers.
#pragma once

#include <string_view>

#include "gatehouse/base/error.hpp"
#include "gatehouse/knowledge/document.hpp"

namespace gatehouse::extract {

// All take hostile bytes, of at most kMaxDocumentBytes, and answer with a document or a reason
// (client_message).
Result<knowledge::ExtractedDocument> parse_markdown(std::string_view bytes);
Result<knowledge::ExtractedDocument> parse_plain_text(std::string_view bytes);
Result<knowledge::ExtractedDocument> parse_html(std::string_view bytes);

// By media type.
Result<knowledge::ExtractedDocument> parse_document(std::string_view media_type,
                                                    std::string_view bytes);

}  // namespace gatehouse::extract
