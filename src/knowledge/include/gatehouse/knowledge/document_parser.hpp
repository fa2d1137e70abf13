// The port of what turns a file into text with blocks.
#pragma once

#include <string>
#include <string_view>

#include "gatehouse/base/error.hpp"
#include "gatehouse/knowledge/document.hpp"

namespace gatehouse::knowledge {

// Blocks its thread: call it on a BlockingPool. Safe to call from several threads. `bytes` are
// hostile: whatever they do to a parser costs this one document, with an error whose client_message
// is a reason for the operator's list.
class DocumentParser {
 public:
  virtual ~DocumentParser() = default;
  virtual Result<ExtractedDocument> parse(std::string_view media_type, std::string_view bytes) = 0;
};

}  // namespace gatehouse::knowledge
