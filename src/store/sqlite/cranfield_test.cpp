// Ranking against the Cranfield collection: 1,400 abstracts, 225 questions, graded judgements.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/chunker.hpp"
#include "gatehouse/knowledge/extractive_answer.hpp"
#include "gatehouse/knowledge/question.hpp"
#include "gatehouse/store/sqlite/knowledge_documents.hpp"

namespace gatehouse::store::sqlite {
namespace {

namespace fs = std::filesystem;
using knowledge::IndexedDocument;

constexpr double kLeastNdcg = 0.36;  // BM25 alone gives 0.357 to 0.375
constexpr std::size_t kDepth = 10;

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The texts between <name> and </name>, in order.
std::vector<std::string> elements(std::string_view xml, std::string_view name) {
  std::vector<std::string> found;
  const auto open = "<" + std::string(name) + ">";
  const auto close = "</" + std::string(name) + ">";
  for (auto at = xml.find(open); at != std::string_view::npos; at = xml.find(open, at)) {
    at += open.size();
    const auto end = xml.find(close, at);
    if (end == std::string_view::npos) break;
    found.emplace_back(trim(xml.substr(at, end - at)));
  }
  return found;
}

IndexedDocument abstract_of(const std::string& xml, knowledge::Tokenizer& tokenizer) {
  knowledge::ExtractedDocument document;
  document.title = elements(xml, "title").at(0);
  document.text = elements(xml, "text").at(0);
  document.blocks.push_back({.kind = knowledge::BlockKind::kParagraph,
                             .start = 0,
                             .end = scan_utf8(document.text).characters});
  if (document.text.empty()) document.blocks.clear();
  const auto number = elements(xml, "docno").at(0);
  return knowledge::index_document({.id = number, .file = number}, std::move(document), tokenizer);
}

using Judgements = std::map<int, std::map<std::string, int>>;

Judgements read_judgements(const fs::path& path) {
  Judgements judgements;
  std::ifstream file(path);
  int question = 0;
  int unused = 0;
  std::string document;
  int grade = 0;
  while (file >> question >> unused >> document >> grade) judgements[question][document] = grade;
  return judgements;
}

double ndcg(const std::vector<std::string>& ranked, const std::map<std::string, int>& grades) {
  const auto gain = [](double grade, std::size_t rank) {
    return grade / std::log2(static_cast<double>(rank) + 2.0);
  };
  double sum = 0;
  for (std::size_t rank = 0; rank < ranked.size() && rank < kDepth; ++rank) {
    const auto found = grades.find(ranked[rank]);
    if (found != grades.end() && found->second > 0) sum += gain(found->second, rank);
  }
  std::vector<int> ideal;
  for (const auto& [document, grade] : grades) ideal.push_back(std::max(grade, 0));
  std::sort(ideal.rbegin(), ideal.rend());
  double best = 0;
  for (std::size_t rank = 0; rank < ideal.size() && rank < kDepth; ++rank) {
    best += gain(ideal[rank], rank);
  }
  return best > 0 ? sum / best : 0;
}

std::vector<std::string> documents_in_order(const knowledge::SearchResult& found) {
  std::vector<std::string> ranked;
  for (const auto& chunk : found.chunks) {
    if (std::ranges::find(ranked, chunk.document_id) == ranked.end())
      ranked.push_back(chunk.document_id);
  }
  return ranked;
}

TEST(Cranfield, RanksAsWellAsBm25Can) {
  const fs::path folder = fs::path(GATEHOUSE_SOURCE_DIR) / "../shared/data/cranfield";
  if (!fs::exists(folder / "cranqrel.trec.txt")) {
    GTEST_SKIP() << "The Cranfield collection isn't in " << folder
                 << "; it stays outside the project.";
  }
  const auto path = ::testing::TempDir() + "cranfield" + std::to_string(::getpid()) + ".db";
  auto database = std::move(*KnowledgeDatabase::open(path));
  knowledge::Tokenizer tokenizer;
  std::vector<IndexedDocument> batch;
  for (const auto& xml : elements(read_file(folder / "cran.all.1400.xml"), "doc")) {
    batch.push_back(abstract_of(xml, tokenizer));
  }
  ASSERT_EQ(batch.size(), 1400U);
  ASSERT_TRUE(database->upsert({}, batch));

  const auto judgements = read_judgements(folder / "cranqrel.trec.txt");
  double sum = 0;
  double reciprocal = 0;
  int number = 0;
  int answered = 0;
  for (const auto& text : elements(read_file(folder / "cran.qry.xml"), "title")) {
    ++number;  // questions are numbered by position, not by their own number
    const auto question = knowledge::analyse_question(text, {}, tokenizer);
    knowledge::SearchRequest request{.terms = {}, .limit = 50};
    for (const auto& term : question.terms) request.terms.push_back(term.term);
    auto found = database->search(request);
    ASSERT_TRUE(found.has_value()) << found.error().for_log();
    const auto ranked = documents_in_order(*found);
    const auto& grades = judgements.at(number);
    sum += ndcg(ranked, grades);
    for (std::size_t rank = 0; rank < ranked.size() && rank < kDepth; ++rank) {
      const auto hit = grades.find(ranked[rank]);
      if (hit == grades.end() || hit->second <= 0) continue;
      reciprocal += 1.0 / static_cast<double>(rank + 1);
      break;
    }
    found->chunks.resize(std::min<std::size_t>(found->chunks.size(), 16));
    answered += knowledge::compose_answer(question, *found, tokenizer).is_known ? 1 : 0;
  }
  ASSERT_EQ(number, 225);
  std::cout << "nDCG@10 " << sum / number << ", MRR@10 " << reciprocal / number << ", answered "
            << answered << " of " << number << "\n";
  EXPECT_GE(sum / number, kLeastNdcg);
  for (const auto* end : {"", "-wal", "-shm"}) fs::remove(path + end);
}

}  // namespace
}  // namespace gatehouse::store::sqlite
