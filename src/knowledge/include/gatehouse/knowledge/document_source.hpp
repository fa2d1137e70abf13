// The port of where documents come from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"

namespace gatehouse::knowledge {

inline constexpr std::size_t kMaxSourceFiles = 100'000;
inline constexpr std::size_t kMaxSourceDepth = 32;

struct SourceFile {
  std::string name;  // relative, with '/', valid UTF-8
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ms = 0;
};

struct SkippedFile {
  std::string name;
  std::string reason;
};

struct SourceListing {
  std::vector<SourceFile> files;  // by name
  std::vector<SkippedFile>
      skipped;  // what the operator may have expected to be read, at most kMaxSkippedFiles
};
inline constexpr std::size_t kMaxSkippedFiles = 1000;

// Blocks its thread: call it on a BlockingPool, from one thread at a time.
class DocumentSource {
 public:
  virtual ~DocumentSource() = default;
  virtual Result<SourceListing> list() = 0;
  // A file of the listing; at most kMaxDocumentBytes.
  virtual Result<std::string> read(std::string_view name) = 0;
};

}  // namespace gatehouse::knowledge
