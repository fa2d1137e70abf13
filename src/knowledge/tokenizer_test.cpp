#include "gatehouse/knowledge/tokenizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gatehouse/knowledge/chunker.hpp"
#include "gatehouse/knowledge/stemmer.hpp"

namespace gatehouse::knowledge {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> terms(std::string_view text) {
  Tokenizer tokenizer;
  std::vector<std::string> out;
  for (auto& token : tokenizer.tokens(text)) out.push_back(token.term);
  return out;
}

TEST(Tokenizer, FoldsCaseAccentsAndWidth) {
  EXPECT_THAT(terms("Café NAÏVE ｆｕｌｌ Straße"), ElementsAre("cafe", "naiv", "full", "strass"));
}

TEST(Tokenizer, SplitsIdentifiersIntoWordsAndDropsElisions) {
  EXPECT_THAT(terms("OPENAI_BASE_URL page's don't n8n"),
              ElementsAre("openai", "base", "url", "page", "don", "n8n"));
}

TEST(Tokenizer, SegmentsScriptsWithoutSpaces) {
  EXPECT_THAT(terms("東京の天気"), ElementsAre("東京", "の", "天気"));
  EXPECT_THAT(terms("ภาษาไทย"), ElementsAre("ภาษา", "ไทย"));
  EXPECT_THAT(terms("GatehouseとLINE"), ElementsAre("gatehous", "と", "line"));
}

TEST(Tokenizer, KeepsHangulWhole) {
  EXPECT_THAT(terms("한국어 문서"), ElementsAre("한국어", "문서"));
}

TEST(Tokenizer, GivesThePlacesOfWords) {
  Tokenizer tokenizer;
  const std::string_view text = "a 😀 naïve x";
  for (const auto& token : tokenizer.tokens(text)) {
    EXPECT_LT(token.start, token.end);
    EXPECT_LE(token.end, text.size());
  }
  EXPECT_EQ(text.substr(tokenizer.tokens(text)[1].start, 6), "naïve");
}

TEST(Tokenizer, BoundsTerms) {
  for (const auto& term : terms(std::string(100'000, 'a') + " " + "é" + std::string(5000, 'b'))) {
    EXPECT_LE(term.size(), kMaxTermBytes);
  }
}

TEST(Tokenizer, SentencesEndWhereReadersEndThem) {
  Tokenizer tokenizer;
  const std::string_view text =
      "One is short. Use e.g. This one.\nA line goes\non. Set `a.b. C` now. 東京です。次。";
  std::vector<std::string> sentences;
  std::size_t from = 0;
  for (const auto end : tokenizer.sentence_ends(text)) {
    sentences.emplace_back(text.substr(from, end - from));
    from = end;
  }
  EXPECT_EQ(from, text.size());
  EXPECT_THAT(sentences, ElementsAre("One is short. ", "Use e.g. This one.\n", "A line goes\non. ",
                                     "Set `a.b. C` now. ", "東京です。", "次。"));
}

TEST(Tokenizer, CutsSentencesWithoutEnd) {
  Tokenizer tokenizer;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "né ";
  std::size_t from = 0;
  for (const auto end : tokenizer.sentence_ends(text)) {
    EXPECT_LE(end - from, kMaxSegmentBytes);
    from = end;
  }
  EXPECT_EQ(from, text.size());
}

TEST(Stemmer, JoinsTheFormsOfAWord) {
  const auto stem = [](std::string word) {
    stem_english(word);
    return word;
  };
  EXPECT_EQ(stem("limits"), stem("limited"));
  EXPECT_EQ(stem("connection"), stem("connecting"));
  EXPECT_EQ(stem("policies"), stem("policy"));
  EXPECT_EQ(stem("caresses"), "caress");
  EXPECT_EQ(stem("relational"), "relat");
  EXPECT_EQ(stem("hopping"), "hop");
  EXPECT_EQ(stem("sky"), "sky");
  EXPECT_EQ(stem("ab"), "ab");
  EXPECT_EQ(stem("n8ns"), "n8ns");
}

}  // namespace
}  // namespace gatehouse::knowledge
