// What the bot says by itself, in each language it knows.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatehouse::channels::line {

enum class Text : std::uint8_t {
  kTooMany,   // messages in a minute
  kNoAnswer,  // the reply was empty, or nothing of it may be shown
  kFailed,    // nobody could answer
  kSticker,   // one without words
  kLocation,  // one without a name
  kImage,     // pictures can't be read here
  kFile,      // nor can these three
  kAudio,
  kVideo,
  kJoined,  // a group or room
  kStillThinking,
  kShowAnswer,  // the button below that; at most 20 graphemes
  kNotYet,      // it was pressed too early
  kAnswerGone,  // or too late
  kCut,         // behind an answer that was longer than may be
  kCount,
};

// `language` is BCP 47; English for one that is not known.
std::string_view text_of(Text text, std::string_view language);

// The language that something was said in, as far as its script tells; empty: it could be many.
std::string_view language_of(std::string_view said);

}  // namespace gatehouse::channels::line
