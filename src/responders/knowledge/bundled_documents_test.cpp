// The documents that ship with Gatehouse answer what the start page suggests, and more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "gatehouse/base/text.hpp"
#include "gatehouse/extract_parsers/parsers.hpp"
#include "gatehouse/knowledge/chunker.hpp"
#include "gatehouse/knowledge/extractive_answer.hpp"
#include "gatehouse/knowledge/question.hpp"
#include "gatehouse/store/sqlite/knowledge_documents.hpp"

namespace gatehouse::responders {
namespace {

namespace fs = std::filesystem;
using knowledge::ExtractiveAnswer;
using ::testing::HasSubstr;

class BundledDocuments : public ::testing::Test {
 protected:
  BundledDocuments() {
    remove();
    database_ = std::move(*store::sqlite::KnowledgeDatabase::open(path_));
    std::vector<knowledge::IndexedDocument> batch;
    for (const auto& entry :
         fs::directory_iterator(fs::path(GATEHOUSE_SOURCE_DIR) / "share/documents")) {
      std::stringstream bytes;
      bytes << std::ifstream(entry.path()).rdbuf();
      auto document = extract::parse_document(knowledge::kMarkdownType, bytes.str());
      EXPECT_TRUE(document.has_value()) << entry.path();
      const auto name = entry.path().filename().string();
      texts_[name] = document->text;
      batch.push_back(knowledge::index_document(
          {.id = name, .file = name, .media_type = std::string(knowledge::kMarkdownType)},
          std::move(*document), tokenizer_));
    }
    EXPECT_TRUE(database_->upsert({}, batch).has_value());
  }
  ~BundledDocuments() override { remove(); }

  ExtractiveAnswer ask(std::string_view message, std::string_view previous = {}) {
    const auto question = knowledge::analyse_question(message, previous, tokenizer_);
    knowledge::SearchRequest request{.terms = {}, .limit = 16};
    for (const auto& term : question.terms) request.terms.push_back(term.term);
    auto found = database_->search(request);
    EXPECT_TRUE(found.has_value());
    auto answer = knowledge::compose_answer(question, *found, tokenizer_);
    for (const auto& source : answer.sources) {
      const auto& text = texts_.at(source.file);
      const auto from = utf8_offset(text, source.start);
      EXPECT_EQ(source.quote, text.substr(from, utf8_offset(text, source.end) - from));
    }
    return answer;
  }

  void expect(std::string_view message, std::string_view file, std::string_view words) {
    const auto answer = ask(message);
    ASSERT_FALSE(answer.sources.empty()) << message;
    EXPECT_EQ(answer.sources[0].file, file) << message;
    EXPECT_THAT(answer.sources[0].quote, HasSubstr(std::string(words))) << message;
  }

 private:
  void remove() const {
    for (const auto* end : {"", "-wal", "-shm"}) fs::remove(path_ + end);
  }

  const std::string path_ = ::testing::TempDir() + "bundled" + std::to_string(::getpid()) + ".db";
  std::unique_ptr<store::sqlite::KnowledgeDatabase> database_;
  knowledge::Tokenizer tokenizer_;
  std::map<std::string, std::string> texts_;
};

TEST_F(BundledDocuments, AnswerTheSuggestedQuestions) {
  expect("What is Gatehouse?", "gatehouse.md", "one guarded door");
  expect("How do I put the chat on my page?", "web-page.md", "<script src=");
  expect("How do limits work?", "limits.md", "sliding window");
  expect("How do I connect a model?", "models.md", "OPENAI_BASE_URL");
}

TEST_F(BundledDocuments, AnswerTheSuggestedQuestionsFromOneSource) {
  for (const auto* question : {"What is Gatehouse?", "How do I put the chat on my page?",
                               "How do limits work?", "How do I connect a model?"}) {
    EXPECT_EQ(ask(question).sources.size(), 1U) << question;
  }
}

TEST_F(BundledDocuments, AnswerOtherWordings) {
  expect("how can I embed the widget on my website", "web-page.md", "script tag");
  expect("enable https", "security.md", "TLS_ENABLED=true");
  expect("What are the default limits?", "limits.md", "60 per minute");
  expect("Which file types can you read?", "your-documents.md", "Markdown");
  expect("Can I use Ollama?", "models.md", "Ollama");
  expect("How long are conversations kept?", "sessions-and-privacy.md", "7 days");
  expect("where are the metrics", "health-and-metrics.md", "/metrics");
  expect("my chat does not show up", "troubleshooting.md", "ALLOWED_ORIGINS");
  expect("How do I answer from my own folder of documents?", "your-documents.md",
         "GATEHOUSE_DOCUMENTS");
}

TEST_F(BundledDocuments, QuoteOneRowOfATableWithItsHead) {
  const auto answer = ask("how do I change the theme to dark");
  ASSERT_FALSE(answer.sources.empty());
  EXPECT_THAT(answer.sources[0].quote, ::testing::StartsWith("| `data-theme`"));
  EXPECT_THAT(answer.text(), HasSubstr("| attribute | what it does |\n|---|---|\n| `data-theme`"));
}

TEST_F(BundledDocuments, SayWhatTheyDoNotKnow) {
  for (const auto* question : {"What is the weather today?", "Who won the world cup in 2018?",
                               "How do I deploy on Kubernetes?", "What does Gatehouse cost?",
                               "How do I reset my password?", "Can I pay with PayPal?"}) {
    const auto answer = ask(question);
    EXPECT_FALSE(answer.is_known) << question << ": " << answer.text();
    EXPECT_TRUE(answer.sources.empty());
  }
}

}  // namespace
}  // namespace gatehouse::responders
