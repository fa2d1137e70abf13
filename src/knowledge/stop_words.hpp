// Words that say nothing about what a question is about.
#pragma once

#include <span>
#include <string_view>

namespace gatehouse::knowledge {

// The words of one language, separated by spaces; lower case.
struct StopWords {
  std::string_view language;
  std::string_view words;
};

std::span<const StopWords> stop_words();  // the first is English

extern const std::string_view kWeakWords;  // verbs of questions: they matter a little
extern const std::string_view
    kFollowUpWords;  // a question that begins so goes on from the last one
extern const std::string_view kReferenceWords;  // they stand for something said before
extern const std::string_view kSmallTalkWords;

}  // namespace gatehouse::knowledge
