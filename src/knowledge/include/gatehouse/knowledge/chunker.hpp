// Blocks to chunks: what is found and quoted together.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "gatehouse/knowledge/document.hpp"
#include "gatehouse/knowledge/tokenizer.hpp"

namespace gatehouse::knowledge {

inline constexpr std::size_t kChunkMinWords =
    60;  // below, the next block of the same heading joins
inline constexpr std::size_t kChunkMaxWords = 200;  // above, a new chunk begins
inline constexpr std::size_t kMaxChunkBytes = 8192;
inline constexpr std::size_t kMaxSegmentBytes = 4096;

// Cuts a document into chunks of about 60 to 200 words that never cross a heading. Every block that
// isn't a heading is in exactly one chunk, or in several consecutive ones if it is large.
std::vector<Chunk> make_chunks(const ExtractedDocument& document, Tokenizer& tokenizer);

// The document with its chunks and their terms, ready for the index. `info.title` falls back to the
// file's name.
IndexedDocument index_document(DocumentInfo info, ExtractedDocument document, Tokenizer& tokenizer);

}  // namespace gatehouse::knowledge
