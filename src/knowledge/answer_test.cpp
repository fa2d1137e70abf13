#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/chunker.hpp"
#include "gatehouse/knowledge/extractive_answer.hpp"
#include "gatehouse/knowledge/testing/memory_documents.hpp"
#include "gatehouse/knowledge/testing/worker_thread.hpp"

namespace gatehouse::knowledge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Answer : public ::testing::Test {
 protected:
  void put(std::string file, std::string_view heading, std::string_view text) {
    ExtractedDocument extracted;
    extracted.title = "Handbook";
    extracted.text = std::string(heading) + "\n\n" + std::string(text);
    const auto heading_end = scan_utf8(heading).characters;
    extracted.blocks.push_back({.kind = BlockKind::kHeading,
                                .level = 1,
                                .start = 0,
                                .end = heading_end,
                                .title = std::string(heading)});
    extracted.blocks.push_back({.kind = BlockKind::kParagraph,
                                .start = heading_end + 2,
                                .end = scan_utf8(extracted.text).characters});
    texts_[file] = extracted.text;
    DocumentInfo info{.id = file, .file = file, .media_type = std::string(kMarkdownType)};
    std::vector<IndexedDocument> batch;
    batch.push_back(index_document(std::move(info), std::move(extracted), tokenizer_));
    ASSERT_TRUE(thread_.run(documents_.upsert({}, std::move(batch))).has_value());
  }

  ExtractiveAnswer ask(std::string_view message, std::string_view previous = {}) {
    const auto question = analyse_question(message, previous, tokenizer_);
    SearchRequest request;
    for (const auto& term : question.terms) request.terms.push_back(term.term);
    auto found = thread_.run(documents_.search(request));
    auto answer = compose_answer(question, *found, tokenizer_);
    for (const auto& source : answer.sources) {
      const auto& text = texts_.at(source.file);
      const auto from = utf8_offset(text, source.start);
      EXPECT_EQ(source.quote, text.substr(from, utf8_offset(text, source.end) - from));
      EXPECT_FALSE(source.quote.empty());
    }
    EXPECT_EQ(answer.is_known, !answer.sources.empty());
    return answer;
  }

  testing::WorkerThread thread_;
  testing::MemoryDocuments documents_;
  Tokenizer tokenizer_;
  std::map<std::string, std::string> texts_;
};

TEST_F(Answer, QuotesTheSentenceThatAnswers) {
  put("shop.md", "Returns 😀",
      "We are kind. Goods can be returned within 30 days. Bring them to us.");
  put("food.md", "Kitchen", "The kitchen opens at noon.");
  const auto answer = ask("How many days do I have to return goods?");
  ASSERT_EQ(answer.sources.size(), 1U);
  EXPECT_THAT(answer.sources[0].quote, HasSubstr("within 30 days"));
  EXPECT_EQ(answer.sources[0].heading, "Returns 😀");
  EXPECT_THAT(answer.text(), HasSubstr("[1]"));
}

TEST_F(Answer, SaysPlainlyWhatTheDocumentsDoNotSay) {
  put("shop.md", "Returns", "Goods can be returned within 30 days.");
  for (const auto* question : {"Who is the president of France?", "What is the capital of Peru?",
                               "Can I pay with Bitcoin?", "Do you sell whales?"}) {
    const auto answer = ask(question);
    EXPECT_FALSE(answer.is_known) << question;
    EXPECT_THAT(answer.text(), HasSubstr("The documents don't say.")) << question;
    EXPECT_THAT(answer.text(), Not(HasSubstr("[1]"))) << question;
  }
  EXPECT_THAT(ask("Do you sell whales?").text(), HasSubstr("“whales”"));
}

TEST_F(Answer, NamesTheNearestHeadingsWhenItDoesNotKnow) {
  put("shop.md", "Returns", "Goods can be returned within 30 days.");
  const auto answer = ask("Can broken furniture be returned by drone?");
  EXPECT_FALSE(answer.is_known);
  EXPECT_THAT(answer.text(), HasSubstr("- Returns"));
}

TEST_F(Answer, SaysWhenThereAreNoDocuments) {
  EXPECT_THAT(ask("Anything?").text(), HasSubstr("no documents"));
}

TEST_F(Answer, TakesTheTermsOfTheQuestionBeforeIntoAFollowUp) {
  put("limits.md", "Limits",
      "Visitors may send 60 requests per minute. They may send 1000 requests per hour.");
  put("fees.md", "Fees", "Parking costs 3 euro per hour.");
  const auto answer = ask("and per hour?", "How many requests may visitors send per minute?");
  ASSERT_FALSE(answer.sources.empty());
  EXPECT_THAT(answer.sources[0].quote, HasSubstr("1000 requests per hour"));
}

TEST_F(Answer, PrefersTheSectionWhoseHeadingIsTheQuestion) {
  put("a.md", "What is a gate?", "It lets people in.");
  put("b.md", "Other", "A gate is mentioned here, and a gate there.");
  const auto answer = ask("What is a gate?");
  ASSERT_FALSE(answer.sources.empty());
  EXPECT_EQ(answer.sources[0].file, "a.md");
}

TEST_F(Answer, FindsTextsWithoutSpaces) {
  put("ja.md", "料金", "配送料は五百円です。返品は三十日以内にできます。");
  put("th.md", "เวลา", "ร้านเปิดเวลาเก้าโมงเช้า");
  const auto answer = ask("返品はいつまでできますか？");
  ASSERT_FALSE(answer.sources.empty());
  EXPECT_EQ(answer.sources[0].quote, "返品は三十日以内にできます。");
  EXPECT_EQ(ask("ร้านเปิดกี่โมง").sources.at(0).file, "th.md");
}

TEST_F(Answer, NeverQuotesTheSameTwice) {
  put("a.md", "Hours", "We open at nine.");
  put("b.md", "Hours", "We open at nine.");
  EXPECT_EQ(ask("When do you open?").sources.size(), 1U);
}

TEST_F(Answer, IsAtMostThreeSources) {
  for (int i = 0; i < 9; ++i) {
    put("f" + std::to_string(i) + ".md", "Part",
        "Fox number " + std::to_string(i * 111) + " lives here alone.");
  }
  EXPECT_LE(ask("Where does the fox live?").sources.size(), kMaxAnswerSources);
}

TEST_F(Answer, GreetsBack) {
  put("a.md", "Hours", "We open at nine.");
  EXPECT_THAT(ask("Hello!").text(), HasSubstr("Ask me something"));
  EXPECT_THAT(ask("???").text(), HasSubstr("a few words more"));
}

TEST(Question, DropsWhatSaysNothing) {
  Tokenizer tokenizer;
  const auto question = analyse_question("How do I connect a model, please?", {}, tokenizer);
  ASSERT_EQ(question.terms.size(), 2U);
  EXPECT_EQ(question.terms[0].term, "connect");
  EXPECT_EQ(question.terms[1].word, "model");
}

TEST(Question, BoundsWhatItTakes) {
  Tokenizer tokenizer;
  std::string endless;
  for (int i = 0; i < 10'000; ++i) endless += "wörd" + std::to_string(i) + " ";
  EXPECT_EQ(analyse_question(endless, endless, tokenizer).terms.size(), kMaxQuestionTerms);
}

TEST(Question, IsNoFollowUpWhenItStandsAlone) {
  Tokenizer tokenizer;
  const auto question =
      analyse_question("What is the session cookie called?", "How do limits work?", tokenizer);
  for (const auto& term : question.terms) EXPECT_TRUE(term.is_own) << term.term;
}

}  // namespace
}  // namespace gatehouse::knowledge
