#include "gatehouse/knowledge/extractive_answer.hpp"

#include <algorithm>
#include <set>

#include "gatehouse/knowledge/unicode.hpp"
#include "quote_selection.hpp"
#include "quote_text.hpp"

namespace gatehouse::knowledge {
namespace {

// Below this share of what the question is about, a quote would only look like an answer.
constexpr double kMinCoverage = 0.48;
constexpr double kMinCoverageOfLongQuestion = 0.38;
constexpr std::size_t kLongQuestionTerms = 6;
constexpr double kFurtherSourceShare = 0.82;  // of the best score
constexpr double kFurtherTermsShare = 0.25;   // of the whole weight: it adds something of its own
constexpr double kSameShare = 0.8;            // of the words: the same said twice
constexpr std::size_t kMaxSuggestions = 3;

AnswerSource source_of(const FoundChunk& found, const Selection& selection, std::uint32_t number) {
  const auto& chunk = found.chunk;
  const auto start = chunk.segments[selection.first].start;
  const auto end = chunk.segments[selection.last].end;
  OffsetCursor cursor(chunk.text);
  const auto from = cursor.byte_of(start - chunk.start);
  const auto to = cursor.byte_of(end - chunk.start);
  return {.number = number,
          .document_id = found.document_id,
          .file = found.file,
          .title = found.title,
          .heading = chunk.heading,
          .start = start,
          .end = end,
          .quote = chunk.text.substr(from, to - from)};
}

std::set<std::string> words_of(std::string_view text, Tokenizer& tokenizer) {
  std::set<std::string> words;
  for (auto& token : tokenizer.tokens(text)) words.insert(std::move(token.term));
  return words;
}

bool says_the_same(const AnswerSource& a, const AnswerSource& b, Tokenizer& tokenizer) {
  const auto first = words_of(a.quote, tokenizer);
  const auto second = words_of(b.quote, tokenizer);
  const auto shared =
      std::ranges::count_if(second, [&](const std::string& word) { return first.contains(word); });
  const auto smaller = std::max<std::size_t>(1, std::min(first.size(), second.size()));
  return static_cast<double>(shared) >= kSameShare * static_cast<double>(smaller);
}

AnswerPart part_of(const FoundChunk& found, const Selection& selection, std::uint32_t number) {
  auto text = quote_as_markdown(found.chunk, selection.first, selection.last, found.media_type);
  text += ends_in_block(found.chunk, selection.last) ? "\n\n" : " ";
  text += "[" + std::to_string(number) + "]";
  return {.text = std::move(text), .source = number};
}

std::string missing_words(const Question& question, const SearchResult& found) {
  std::string words;
  for (std::size_t i = 0; i < question.terms.size(); ++i) {
    const auto& term = question.terms[i];
    const bool is_missing = i < found.chunks_with_term.size() && found.chunks_with_term[i] == 0;
    if (!term.is_own || term.weight < 1.0 || !is_missing || words.size() > 80) continue;
    if (!words.empty()) words += ", ";
    words += "“" + term.word + "”";
  }
  return words;
}

// The headings nearest to the question, for who asked in other words than the documents use.
std::string suggestions(const Question& question, const SearchResult& found,
                        const std::vector<Selection>& selections) {
  TermMask strong = 0;
  for (std::size_t i = 0; i < question.terms.size(); ++i) {
    if (question.terms[i].is_own && question.terms[i].weight >= 1.0) strong |= TermMask{1} << i;
  }
  std::vector<std::string> names;
  for (const auto& selection : selections) {
    if ((selection.terms & strong) == 0 || names.size() >= kMaxSuggestions) continue;
    const auto& chunk = found.chunks[selection.chunk];
    const auto cut = chunk.chunk.heading.rfind(" > ");
    const auto name =
        cut == std::string::npos ? chunk.chunk.heading : chunk.chunk.heading.substr(cut + 3);
    if (name.empty() || std::ranges::find(names, name) != names.end()) continue;
    names.push_back(name);
  }
  std::string text;
  for (const auto& name : names) text += "\n- " + escape_markdown(name);
  return text;
}

ExtractiveAnswer unknown(const Question& question, const SearchResult& found,
                         const std::vector<Selection>& selections) {
  ExtractiveAnswer answer;
  std::string text = "The documents don't say.";
  if (const auto words = missing_words(question, found); !words.empty()) {
    text += " I found nothing about " + words + ".";
  }
  if (const auto nearest = suggestions(question, found, selections); !nearest.empty()) {
    text += "\n\nThe nearest they have:\n" + nearest;
  }
  answer.parts.push_back({.text = std::move(text), .source = 0});
  return answer;
}

ExtractiveAnswer said(std::string text) {
  ExtractiveAnswer answer;
  answer.parts.push_back({.text = std::move(text), .source = 0});
  return answer;
}

double least_coverage(const Question& question) {
  const auto own = std::ranges::count_if(
      question.terms, [](const QuestionTerm& term) { return term.is_own && term.weight >= 1.0; });
  const bool is_long = static_cast<std::size_t>(own) >= kLongQuestionTerms;
  return is_long ? kMinCoverageOfLongQuestion : kMinCoverage;
}

}  // namespace

std::string ExtractiveAnswer::text() const {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += "\n\n";
    text += part.text;
  }
  return text;
}

ExtractiveAnswer compose_answer(const Question& question, const SearchResult& found,
                                Tokenizer& tokenizer) {
  if (found.chunks_in_all == 0) return said("There are no documents to answer from yet.");
  if (question.is_small_talk) {
    return said("Ask me something, and I will quote what the documents say about it.");
  }
  if (question.terms.empty()) {
    return said(
        "Ask with a few words more about what you are looking for, and I will quote what "
        "the documents say about it.");
  }
  const TermWeights weights(question, found);
  const auto selections = select_quotes(question, found, weights, tokenizer);
  if (selections.empty() || selections.front().coverage < least_coverage(question)) {
    return unknown(question, found, selections);
  }
  ExtractiveAnswer answer;
  answer.is_known = true;
  const auto& best = selections.front();
  TermMask covered = 0;
  for (const auto& selection : selections) {
    if (answer.sources.size() >= kMaxAnswerSources) break;
    const bool is_close = selection.score >= kFurtherSourceShare * best.score;
    const bool adds = weights.of(selection.terms & ~covered) >= kFurtherTermsShare * weights.all();
    if (!answer.sources.empty() && !is_close && !adds) continue;
    const auto number = static_cast<std::uint32_t>(answer.sources.size() + 1);
    const auto& chunk = found.chunks[selection.chunk];
    auto source = source_of(chunk, selection, number);
    if (std::ranges::any_of(answer.sources, [&](const AnswerSource& other) {
          return says_the_same(other, source, tokenizer);
        })) {
      continue;
    }
    covered |= selection.terms;
    answer.parts.push_back(part_of(chunk, selection, number));
    answer.sources.push_back(std::move(source));
  }
  return answer;
}

}  // namespace gatehouse::knowledge
