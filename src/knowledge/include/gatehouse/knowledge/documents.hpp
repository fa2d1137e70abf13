// The port of the index: where documents are kept and found again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/knowledge/document.hpp"

namespace gatehouse::knowledge {

// Which documents a call is about. A collection is what one source fills, such as the folder of a
// site.
struct CollectionKey {
  std::string site = "default";
  std::string collection = "documents";
};

struct SearchRequest {
  std::string site = "default";
  std::vector<std::string> terms;  // as Tokenizer makes them; a chunk needs one of them
  std::size_t limit = 12;          // at most kMaxSearchLimit
};
inline constexpr std::size_t kMaxSearchTerms = 32;
inline constexpr std::size_t kMaxSearchLimit = 200;

struct FoundChunk {
  Chunk chunk;
  std::string document_id;
  std::string file;
  std::string title;
  std::string media_type;
  double score = 0;  // BM25, higher is better
};

struct SearchResult {
  std::vector<FoundChunk> chunks;               // best first
  std::vector<std::uint64_t> chunks_with_term;  // one for each term of the request
  std::uint64_t chunks_in_all = 0;              // 0: the site has no documents
};

struct StoredDocument {
  DocumentInfo info;
  std::string text;
};

// One object per worker, used on its thread only; views of the same store may live on other
// workers. All arguments are owned. Errors: kNotFound (read), kUnavailable (busy, disk full),
// kInternal (a damaged store, with what to do).
class Documents {
 public:
  virtual ~Documents() = default;
  // All of them or none. A document replaces the one with its id.
  virtual async::Task<Result<void>> upsert(CollectionKey key,
                                           std::vector<IndexedDocument> documents) = 0;
  // Ids that don't exist are passed over.
  virtual async::Task<Result<void>> remove(CollectionKey key, std::vector<std::string> ids) = 0;
  // By file name; at most kMaxSourceFiles.
  virtual async::Task<Result<std::vector<DocumentInfo>>> list(CollectionKey key) = 0;
  virtual async::Task<Result<StoredDocument>> read(std::string site, std::string id) = 0;
  virtual async::Task<Result<SearchResult>> search(SearchRequest request) = 0;
};

}  // namespace gatehouse::knowledge
