// Documents that are part of the program.
#pragma once

#include <span>
#include <string_view>

#include "gatehouse/knowledge/document_source.hpp"

namespace gatehouse::knowledge {

struct EmbeddedFile {
  std::string_view name;
  std::string_view bytes;
};

// The files must outlive it. Safe from any thread.
class EmbeddedSource final : public DocumentSource {
 public:
  explicit EmbeddedSource(std::span<const EmbeddedFile> files) : files_(files) {}
  Result<SourceListing> list() override;
  Result<std::string> read(std::string_view name) override;

 private:
  std::span<const EmbeddedFile> files_;
};

}  // namespace gatehouse::knowledge
