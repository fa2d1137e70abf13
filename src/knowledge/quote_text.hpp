// A quote as Markdown for the reader's eyes; the quote itself stays as it is in its citation.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gatehouse/knowledge/document.hpp"

namespace gatehouse::knowledge {

// Segments [first, last] of the chunk: markers of enclosing lists and quotations taken off, code
// fenced, the head of a table put above its rows, and the text of files that aren't Markdown
// escaped.
std::string quote_as_markdown(const Chunk& chunk, std::size_t first, std::size_t last,
                              std::string_view media_type);

// True if nothing can stand behind it on its last line: it ends in code or in a table.
bool ends_in_block(const Chunk& chunk, std::size_t last);

std::string escape_markdown(std::string_view text);

}  // namespace gatehouse::knowledge
