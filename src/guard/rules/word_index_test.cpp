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
  std::vector<Word> words;
  list_words(text, words);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < words.size(); ++at) {
    index.find(text, words, at, [&](std::uint32_t phrase, std::size_t end) {
      out.push_back(phrases[phrase].text + "@" + std::to_string(end));
    });
  }
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

TEST(WordIndex, TellsWhatItCannotHold) {
  EXPECT_FALSE(WordIndex::can_hold({"+++"}));
  EXPECT_FALSE(WordIndex::can_hold({"dan", true}));
  EXPECT_FALSE(WordIndex::can_hold({"правила"}));
  EXPECT_TRUE(WordIndex::can_hold({"dan"}));
  EXPECT_TRUE(WordIndex::can_hold({"a dan", true}));
}

TEST(Words, AreRunsOfLettersAndDigits) {
  const std::string text = "One, two2;" + std::string(70, 'x') + " " + std::string(60, '.') + "end";
  std::vector<Word> words;
  EXPECT_TRUE(list_words(text, words));
  std::vector<std::string> found;
  for (const auto& word : words) found.push_back(text.substr(word.start, word.end - word.start));
  EXPECT_THAT(found, ElementsAre("One", "two2", std::string(70, 'x'), "end"));
  EXPECT_FALSE(list_words("a 恐竜b", words));
  EXPECT_EQ(words.size(), 4U);
}

TEST(Words, HashTheSameWhereverTheyStand) {
  std::vector<Word> words;
  list_words("instructions of the instructions", words);
  EXPECT_EQ(words.front().hash, words.back().hash);
  EXPECT_NE(words[1].hash, words[2].hash);
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
