// Reads documents in a child process, so that a bad one can't hurt the server.
#pragma once

#include <chrono>
#include <string>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/knowledge/document_parser.hpp"

namespace gatehouse::extract {

// Starts one gatehouse-extract for each document: it gets the bytes as a memory file, answers
// through a pipe and is killed at the deadline. It has limits of its own (memory, CPU, no files,
// system calls), so a crash, a hang or a bomb costs this document and nothing a later one could
// notice. Blocks its thread; safe from several threads. Errors carry a reason for the operator. At
// most kMaxDocumentBytes go in and kMaxReplyBytes come out.
class Extractor final : public knowledge::DocumentParser {
 public:
  // `program` is the path of gatehouse-extract; the clock must outlive this.
  Extractor(std::string program, const Clock& clock, Duration deadline = kDeadline);

  Result<knowledge::ExtractedDocument> parse(std::string_view media_type,
                                             std::string_view bytes) override;

  static constexpr Duration kDeadline = std::chrono::seconds(20);

 private:
  const std::string program_;
  const Clock& clock_;
  const Duration deadline_;
};

}  // namespace gatehouse::extract
