#include "gatehouse/knowledge/embedded_source.hpp"

#include <algorithm>

namespace gatehouse::knowledge {

Result<SourceListing> EmbeddedSource::list() {
  SourceListing listing;
  for (const auto& file : files_) {
    listing.files.push_back(
        {.name = std::string(file.name), .size_bytes = file.bytes.size(), .modified_ms = 0});
  }
  std::ranges::sort(listing.files, {}, &SourceFile::name);
  return listing;
}

Result<std::string> EmbeddedSource::read(std::string_view name) {
  const auto found = std::ranges::find(files_, name, &EmbeddedFile::name);
  if (found == files_.end())
    return fail(ErrorCode::kNotFound, "The program holds no such document.");
  return std::string(found->bytes);
}

}  // namespace gatehouse::knowledge
