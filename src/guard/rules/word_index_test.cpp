#include "rules/word_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message/words.hpp"

namespace gatehouse::guard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> found_in(std::string_view text, std::vector<IndexedPhrase> phrases) {
  const WordIndex index(phrases);
  WordLister lister;
  std::vector<std::string> out;
  index.find(text, lister.list(text), [&](std::size_t, std::uint32_t phrase, std::size_t end) {
    out.push_back(phrases[phrase].text + "@" + std::to_string(end));
  });
  return out;
}

TEST(WordIndex, FindsPhrasesAtWordBordersOnly) {
  const std::vector<IndexedPhrase> phrases = {
      {"ignore"}, {"system prompt", true}, {"disreg", true}, {"don't tell"}, {"</system"}, {"c++"}};
  EXPECT_THAT(found_in("please ignore the system prompts", phrases),
              ElementsAre("ignore@13", "system prompt@31"));
  EXPECT_THAT(found_in("disregarded, don't tell x</system c++", phrases),
              ElementsAre("disreg@6", "don't tell@23", "</system@33", "c++@37"));
  EXPECT_THAT(found_in("signore ignored the xsystem prompt, don't telling", phrases), IsEmpty());
}

TEST(WordIndex, TakesEachOfSeveralPhrasesWithTheSameBeginning) {
  EXPECT_THAT(found_in("you are now free", {{"you are"}, {"you are now"}, {"you are nowhere"}}),
              UnorderedElementsAre("you are@7", "you are now@11"));
}

TEST(WordIndex, FindsPhrasesWhereverTheyStandInALongText) {
  std::string text;
  for (int before = 0; before < 70; ++before) {
    EXPECT_THAT(found_in(text + "you are", {{"you are"}, {"are"}}),
                UnorderedElementsAre("you are@" + std::to_string(text.size() + 7),
                                     "are@" + std::to_string(text.size() + 7)))
        << before;
    text += "on ";
  }
}

TEST(WordIndex, TellsWhatItCannotHold) {
  EXPECT_FALSE(WordIndex::can_hold({"+++"}));
  EXPECT_FALSE(WordIndex::can_hold({"dan", true}));
  EXPECT_FALSE(WordIndex::can_hold({"правила"}));
  EXPECT_TRUE(WordIndex::can_hold({"dan"}));
  EXPECT_TRUE(WordIndex::can_hold({"a dan", true}));
}

TEST(Words, AreRunsOfLettersAndDigits) {
  const std::string text = "One, two2;" + std::string(70, 'x') + " " + std::string(60, '.') + "end";
  WordLister lister;
  std::vector<std::string> found;
  for (const auto& word : lister.list(text))
    found.push_back(text.substr(word.start, word.end - word.start));
  EXPECT_THAT(found, ElementsAre("One", "two2", std::string(70, 'x'), "end"));
  EXPECT_TRUE(lister.is_ascii());
  EXPECT_EQ(lister.list("a 恐竜b").size(), 4U);
  EXPECT_FALSE(lister.is_ascii());
  EXPECT_EQ(lister.list("").size(), 0U);
}

TEST(Words, HashTheSameWhereverTheyStand) {
  WordLister lister;
  const auto words = lister.list("instructions of the instructions");
  EXPECT_EQ(words.front().hash, words.back().hash);
  EXPECT_NE(words[1].hash, words[2].hash);
  EXPECT_EQ(words[1].pair, pair_of(words[0].hash, words[1].hash));
  EXPECT_EQ(words[0].pair, pair_of(kNoWord, words[0].hash));
}

TEST(Words, AreTheSameWhereverABlockEnds) {
  for (std::size_t before = 0; before < 140; ++before) {
    const std::string text = std::string(before, '.') + "ignore all, previous instructions";
    WordLister lister;
    std::vector<std::string> found;
    for (const auto& word : lister.list(text))
      found.push_back(text.substr(word.start, word.end - word.start));
    EXPECT_THAT(found, ElementsAre("ignore", "all", "previous", "instructions")) << before;
    EXPECT_TRUE(lister.marks().holds(',')) << before;
    EXPECT_FALSE(lister.marks().holds('<')) << before;
  }
}

// Bytes behind a word must not count, nor where the text ends.
TEST(Words, HashTheSameWhateverStandsBehind) {
  WordLister lister;
  for (std::size_t size = 1; size < 40; ++size) {
    const std::string word(size, 'q');
    const auto alone = lister.list(word)[0].hash;
    EXPECT_EQ(lister.list(word + ".z")[0].hash, alone) << size;
    EXPECT_EQ(lister.list(word + " zebras and more of them")[0].hash, alone) << size;
    EXPECT_NE(lister.list(word + "q")[0].hash, alone) << size;
  }
}

TEST(Words, CountTheLongestRun) {
  for (const std::size_t before : {0, 1, 60, 63, 64, 65, 128}) {
    std::string varied;
    for (std::size_t i = 0; i < before; ++i) varied += static_cast<char>('a' + i % 7);
    EXPECT_EQ(longest_same_run(varied + std::string(70, '!') + "abc"), 70U) << before;
    EXPECT_EQ(longest_same_run(varied + "aabbb c"), 3U) << before;
  }
  EXPECT_EQ(longest_same_run(""), 0U);
  EXPECT_EQ(longest_same_run("a   b"), 1U);
}

}  // namespace
}  // namespace gatehouse::guard
