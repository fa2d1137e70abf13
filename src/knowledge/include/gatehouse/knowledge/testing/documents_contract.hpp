// What every implementation of knowledge::Documents must do. A back end runs it with
//   using MyTraits = …;  // struct { WorkerThread thread; Documents& documents(); }
//   INSTANTIATE_TYPED_TEST_SUITE_P(My, DocumentsContract, MyTraits);
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "gatehouse/knowledge/documents.hpp"
#include "gatehouse/knowledge/testing/document_of.hpp"
#include "gatehouse/knowledge/testing/worker_thread.hpp"

namespace gatehouse::knowledge::testing {

template <typename Fixture>
class DocumentsContract : public ::testing::Test {
 protected:
  Documents& documents() { return fixture_.documents(); }

  void put(const CollectionKey& key, std::vector<IndexedDocument> documents_to_put) {
    const auto put = fixture_.thread.run(documents().upsert(key, std::move(documents_to_put)));
    ASSERT_TRUE(put.has_value());
  }
  SearchResult search(std::string site, std::vector<std::string> terms, std::size_t limit = 10) {
    auto found = fixture_.thread.run(
        documents().search({.site = std::move(site), .terms = std::move(terms), .limit = limit}));
    EXPECT_TRUE(found.has_value());
    return found ? std::move(*found) : SearchResult{};
  }

  Fixture fixture_;
};
TYPED_TEST_SUITE_P(DocumentsContract);

TYPED_TEST_P(DocumentsContract, FindsWhatWasPut) {
  this->put({},
            {document_of("1", "a.md", "The quick fox jumps."), document_of("2", "b.md", "A dog.")});
  const auto found = this->search("default", {"fox", "wolf"});
  ASSERT_EQ(found.chunks.size(), 1U);
  EXPECT_EQ(found.chunks[0].document_id, "1");
  EXPECT_EQ(found.chunks[0].file, "a.md");
  EXPECT_EQ(found.chunks[0].title, "About a.md");
  EXPECT_EQ(found.chunks[0].media_type, kMarkdownType);
  EXPECT_EQ(found.chunks[0].chunk.text, "The quick fox jumps.");
  ASSERT_EQ(found.chunks[0].chunk.segments.size(), 1U);
  EXPECT_TRUE(found.chunks[0].chunk.segments[0].begins_block);
  EXPECT_EQ(found.chunks_in_all, 2U);
  EXPECT_EQ(found.chunks_with_term, (std::vector<std::uint64_t>{1, 0}));
}

TYPED_TEST_P(DocumentsContract, KeepsSitesApart) {
  this->put({.site = "one", .collection = "d"}, {document_of("1", "a.md", "A secret fox.")});
  this->put({.site = "two", .collection = "d"}, {document_of("1", "a.md", "A plain dog.")});
  EXPECT_TRUE(this->search("two", {"fox"}).chunks.empty());
  EXPECT_EQ(this->search("two", {"fox"}).chunks_with_term, (std::vector<std::uint64_t>{0}));
  EXPECT_EQ(this->search("two", {"fox"}).chunks_in_all, 1U);
  EXPECT_EQ(this->search("one", {"fox"}).chunks.size(), 1U);
  auto read = this->fixture_.thread.run(this->documents().read("two", "1"));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->text, "A plain dog.");
}

TYPED_TEST_P(DocumentsContract, ReplacesADocumentWhole) {
  this->put({}, {document_of("1", "a.md", "An old fox.")});
  this->put({}, {document_of("1", "a.md", "A new dog.")});
  EXPECT_TRUE(this->search("default", {"fox"}).chunks.empty());
  EXPECT_EQ(this->search("default", {"dog"}).chunks.size(), 1U);
  EXPECT_EQ(this->search("default", {"dog"}).chunks_in_all, 1U);
}

TYPED_TEST_P(DocumentsContract, RemovesOnlyInItsCollection) {
  this->put({.site = "default", .collection = "x"}, {document_of("1", "a.md", "A fox.")});
  this->put({.site = "default", .collection = "y"}, {document_of("2", "a.md", "A fox.")});
  auto removed = this->fixture_.thread.run(
      this->documents().remove({.site = "default", .collection = "x"}, {"1", "2", "3"}));
  ASSERT_TRUE(removed.has_value());
  const auto found = this->search("default", {"fox"});
  ASSERT_EQ(found.chunks.size(), 1U);
  EXPECT_EQ(found.chunks[0].document_id, "2");
}

TYPED_TEST_P(DocumentsContract, ListsByFileName) {
  this->put({}, {document_of("2", "b.md", "Two."), document_of("1", "a.md", "One.")});
  auto listed = this->fixture_.thread.run(this->documents().list({}));
  ASSERT_TRUE(listed.has_value());
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ((*listed)[0].file, "a.md");
  EXPECT_EQ((*listed)[0].modified_ms, 7);
  EXPECT_EQ((*listed)[0].size_bytes, 4U);
  EXPECT_EQ((*listed)[0].fingerprint, "f");
  EXPECT_EQ((*listed)[1].id, "2");
}

TYPED_TEST_P(DocumentsContract, SaysWhatItDoesNotHold) {
  auto read = this->fixture_.thread.run(this->documents().read("default", "none"));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(this->search("default", {"fox"}).chunks_in_all, 0U);
}

TYPED_TEST_P(DocumentsContract, TakesTermsOfAllScriptsAndNoGrammar) {
  this->put({}, {document_of("1", "a.md", "東京の天気。ภาษาไทย café naïve NEAR AND OR")});
  Tokenizer tokenizer;
  for (const std::string_view word : {"東京", "天気", "ไทย", "cafe", "NAÏVE", "near", "or"}) {
    std::vector<std::string> terms;
    for (auto& token : tokenizer.tokens(word)) terms.push_back(token.term);
    EXPECT_EQ(this->search("default", terms).chunks.size(), 1U) << word;
  }
  for (const std::string hostile : {"\"", "a\" OR b", "*", "body:fox", "(", "", "-", "NEAR(a b)"}) {
    EXPECT_TRUE(this->search("default", {hostile}).chunks.empty()) << hostile;
  }
}

TYPED_TEST_P(DocumentsContract, AnswersAtMostTheLimitBestFirst) {
  std::vector<IndexedDocument> many;
  for (int i = 0; i < 20; ++i) {
    const auto name = std::to_string(i);
    many.push_back(
        document_of(name, name + ".md", i == 13 ? "Fox and fox and fox." : "Fox and dog and cat."));
  }
  this->put({}, std::move(many));
  const auto found = this->search("default", {"fox"}, 5);
  ASSERT_EQ(found.chunks.size(), 5U);
  EXPECT_EQ(found.chunks[0].document_id, "13");
  EXPECT_EQ(found.chunks_with_term[0], 20U);
}

REGISTER_TYPED_TEST_SUITE_P(DocumentsContract, FindsWhatWasPut, KeepsSitesApart,
                            ReplacesADocumentWhole, RemovesOnlyInItsCollection, ListsByFileName,
                            SaysWhatItDoesNotHold, TakesTermsOfAllScriptsAndNoGrammar,
                            AnswersAtMostTheLimitBestFirst);

}  // namespace gatehouse::knowledge::testing
