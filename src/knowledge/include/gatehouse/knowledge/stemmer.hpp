// English words to their stems, as SQLite's porter tokenizer makes them.
#pragma once

#include <string>

namespace gatehouse::knowledge {

// Porter, "An algorithm for suffix stripping" (1980). Changes words of ASCII letters in lower case
// with 3 to 64 of them; leaves all others as they are.
void stem_english(std::string& word);

}  // namespace gatehouse::knowledge
