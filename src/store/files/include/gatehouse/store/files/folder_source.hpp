// Documents in a folder on disk.
#pragma once

#include <string>

#include "gatehouse/knowledge/document_source.hpp"

namespace gatehouse::store::files {

// Walks the folder and its subfolders. Hidden files and what no parser reads are passed over in
// silence; links that lead out of the folder and what can't be read are skipped with a reason.
// Links to files inside it are followed, links to folders aren't. The kernel checks each step of a
// path, so a file that is swapped for a link meanwhile leads nowhere.
class FolderSource final : public knowledge::DocumentSource {
 public:
  explicit FolderSource(std::string folder);

  Result<knowledge::SourceListing> list() override;
  Result<std::string> read(std::string_view name) override;

 private:
  const std::string folder_;
};

}  // namespace gatehouse::store::files
