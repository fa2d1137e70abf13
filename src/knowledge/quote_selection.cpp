#include "quote_selection.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/unicode.hpp"

namespace gatehouse::knowledge {
namespace {

constexpr std::size_t kMaxAnchorSegments = 3;
constexpr std::size_t kMaxParagraphCharacters = 700;  // a quote that answers is short
constexpr std::size_t kMaxSectionCharacters = 1000;   // of a section that is quoted whole
constexpr std::size_t kMaxQuoteCharacters = 1500;     // with the list or code it introduces
constexpr double kHeadingShare = 0.75;  // a term in the heading counts less than one in the text
constexpr double kPathShare = 0.3;
constexpr double kSegmentCost = 0.04;       // of the whole weight: shorter is better
constexpr double kOpeningBonus = 0.35;      // the start of a section whose heading has the terms
constexpr double kSameQuestionBonus = 1.0;  // its heading is the question itself
constexpr double kSameQuestion = 0.7;       // from this likeness on
constexpr double kDefinitionBonus = 0.5;
constexpr double kRankShare = 0.25;           // of BM25 in the order of chunks
constexpr std::size_t kDefinitionTokens = 2;  // "A site …": what is defined comes first

struct ReadSegment {
  TermMask terms = 0;
  bool is_definition = false;
  bool leads_on = false;  // ends with a colon: what follows belongs to it
};

struct ReadChunk {
  const Chunk* chunk = nullptr;
  std::vector<ReadSegment> segments;
  TermMask heading = 0;
  TermMask path = 0;
  double likeness = 0;  // of its heading to the question, word by word
};

class Selector {
 public:
  Selector(const Question& question, const TermWeights& weights, Tokenizer& tokenizer)
      : question_(question), weights_(weights), tokenizer_(tokenizer) {}

  Selection best_of(const FoundChunk& found) {
    const auto read = read_chunk(found);
    Selection best;
    for (std::size_t first = 0; first < read.segments.size(); ++first) {
      for (auto last = first; last < std::min(first + kMaxAnchorSegments, read.segments.size());
           ++last) {
        if (characters(read, first, last) > kMaxParagraphCharacters && last > first) break;
        const auto candidate = judge(read, first, last);
        if (candidate.score > best.score) best = candidate;
      }
    }
    if (best.score > 0) widen(read, best);
    return best;
  }

 private:
  TermMask mask_of(std::string_view text) {
    TermMask mask = 0;
    for (const auto& token : tokenizer_.tokens(text)) mask |= bit_of(token.term);
    return mask;
  }
  TermMask bit_of(std::string_view term) const {
    for (std::size_t i = 0; i < question_.terms.size(); ++i) {
      if (question_.terms[i].term == term) return TermMask{1} << i;
    }
    return 0;
  }

  // The share of common words among all words, stop words too: "How do limits work?" is not "Which
  // limits are there?".
  double likeness(std::string_view heading) {
    std::set<std::string> words;
    for (auto& token : tokenizer_.tokens(heading)) words.insert(std::move(token.term));
    std::size_t common = 0;
    for (const auto& term : question_.all_terms) common += words.count(term);
    const auto either = words.size() + question_.all_terms.size() - common;
    return either == 0 ? 0 : static_cast<double>(common) / static_cast<double>(either);
  }

  ReadChunk read_chunk(const FoundChunk& found) {
    ReadChunk read;
    read.chunk = &found.chunk;
    const auto cut = found.chunk.heading.rfind(" > ");
    const auto split = cut == std::string::npos ? 0 : cut + 3;
    const auto heading = std::string_view(found.chunk.heading).substr(split);
    read.heading = mask_of(heading);
    read.likeness = likeness(heading);
    read.path = mask_of(std::string_view(found.chunk.heading).substr(0, split)) |
                mask_of(found.title) | mask_of(found.file);
    OffsetCursor cursor(found.chunk.text);
    for (const auto& segment : found.chunk.segments) {
      const auto from = cursor.byte_of(segment.start - found.chunk.start);
      const auto to = cursor.byte_of(segment.end - found.chunk.start);
      read.segments.push_back(
          read_segment(std::string_view(found.chunk.text).substr(from, to - from)));
    }
    return read;
  }

  ReadSegment read_segment(std::string_view text) {
    ReadSegment segment;
    const auto tokens = tokenizer_.tokens(text);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const auto bit = bit_of(tokens[i].term);
      segment.terms |= bit;
      if (i < kDefinitionTokens && bit != 0) segment.is_definition = true;
    }
    const auto kept = trim(text);
    segment.leads_on = kept.ends_with(':') || kept.ends_with("\uFF1A");
    return segment;
  }

  Selection judge(const ReadChunk& read, std::size_t first, std::size_t last) const {
    TermMask terms = 0;
    for (auto i = first; i <= last; ++i) terms |= read.segments[i].terms;
    const TermMask heading = read.heading & ~terms;
    const TermMask path = read.path & ~terms & ~heading;
    const double whole = weights_.all();
    const double by_heading = whole > 0 ? weights_.of(read.heading) / whole : 0;
    const double by_count = weights_.count_share(terms | heading);
    double score = weights_.of(terms) + kHeadingShare * weights_.of(heading) +
                   kPathShare * weights_.of(path) -
                   kSegmentCost * whole * static_cast<double>(last - first);
    score *= 0.5 + 0.5 * by_count;
    if (terms == 0 && (first > 0 || by_heading < 0.5)) return {};
    if (first == 0 && by_heading >= 0.5) score += kOpeningBonus * whole * by_heading;
    if (first == 0 && read.likeness >= kSameQuestion) score += kSameQuestionBonus * whole;
    if (question_.asks_what_it_is && read.segments[first].is_definition) {
      score += kDefinitionBonus * whole;
    }
    return {.chunk = 0,
            .first = first,
            .last = last,
            .terms = terms | heading,
            .score = score,
            .coverage = weights_.coverage(terms | heading) + 0.5 * weights_.coverage(path)};
  }

  static std::uint64_t characters(const ReadChunk& read, std::size_t first, std::size_t last) {
    return read.chunk->segments[last].end - read.chunk->segments[first].start;
  }

  // Takes in what the selection can't be understood without.
  void widen(const ReadChunk& read, Selection& best) const {
    const auto& segments = read.chunk->segments;
    const auto fits = [&](std::size_t first, std::size_t last, std::size_t limit) {
      return characters(read, first, last) <= limit;
    };
    // A list item, code or row follows the line that introduces it.
    const auto is_led = segments[best.first].kind == SegmentKind::kCode ||
                        segments[best.first].kind == SegmentKind::kTableHead;
    if (is_led && best.first > 0 && fits(best.first - 1, best.last, kMaxQuoteCharacters) &&
        segments[best.first - 1].kind == SegmentKind::kSentence) {
      --best.first;
    }
    // A section whose heading is the question is quoted as far as it is short; one whose heading
    // has its terms, to the end of its first paragraph.
    const double whole = weights_.all();
    const bool is_asked = best.first == 0 && read.likeness >= kSameQuestion;
    const bool has_terms = best.first == 0 && whole > 0 && weights_.of(read.heading) / whole >= 0.5;
    while (best.last + 1 < segments.size() &&
           ((is_asked && fits(best.first, best.last + 1, kMaxSectionCharacters)) ||
            (has_terms && !segments[best.last + 1].begins_block &&
             fits(best.first, best.last + 1, kMaxParagraphCharacters)))) {
      ++best.last;
    }
    while (best.last + 1 < segments.size() && continues(read, best) &&
           fits(best.first, best.last + 1, kMaxQuoteCharacters)) {
      ++best.last;
    }
  }

  // Does the next segment belong to what is selected: what a colon introduces, the rest of that
  // list, table or code?
  static bool continues(const ReadChunk& read, const Selection& best) {
    const auto at = best.last;
    const auto& segments = read.chunk->segments;
    const auto& next = segments[at + 1];
    if (read.segments[at].leads_on) return true;
    const bool goes_on =
        segments[at].kind == next.kind ||
        (segments[at].kind == SegmentKind::kTableHead && next.kind == SegmentKind::kTableRow);
    if (!goes_on) return false;
    if (next.kind == SegmentKind::kCode) return !next.begins_block;
    if (next.kind != SegmentKind::kListItem && next.kind != SegmentKind::kTableRow) return false;
    // Only a list or table that was introduced as a whole goes on as a whole.
    auto start = at;
    while (start > best.first &&
           (segments[start].kind == next.kind || segments[start].kind == SegmentKind::kTableHead)) {
      --start;
    }
    return read.segments[start].leads_on || segments[start].kind == SegmentKind::kTableHead;
  }

  const Question& question_;
  const TermWeights& weights_;
  Tokenizer& tokenizer_;
};

}  // namespace

TermWeights::TermWeights(const Question& question, const SearchResult& found) {
  const auto in_all = static_cast<double>(found.chunks_in_all);
  for (std::size_t i = 0; i < question.terms.size(); ++i) {
    const auto with_term =
        i < found.chunks_with_term.size() ? static_cast<double>(found.chunks_with_term[i]) : 0.0;
    const double idf =
        std::log(1.0 + (std::max(in_all - with_term, 0.0) + 0.5) / (with_term + 0.5));
    weights_.push_back(idf * question.terms[i].weight);
    counts_.push_back(question.terms[i].weight);
    (question.terms[i].is_own ? own_ : lent_) |= TermMask{1} << i;
  }
}

double TermWeights::sum(const std::vector<double>& of, TermMask terms) {
  double total = 0;
  for (std::size_t i = 0; i < of.size(); ++i) {
    if ((terms >> i & 1U) != 0) total += of[i];
  }
  return total;
}

double TermWeights::of(TermMask terms) const { return sum(weights_, terms); }

double TermWeights::coverage(TermMask terms) const {
  const double weight = sum(weights_, own_);
  const double count = sum(counts_, own_);
  if (weight <= 0 || count <= 0) return 0;
  return 0.5 * sum(weights_, terms & own_) / weight + 0.5 * sum(counts_, terms & own_) / count;
}

double TermWeights::count_share(TermMask terms) const {
  const double count = sum(counts_, own_ | lent_);
  return count > 0 ? sum(counts_, terms) / count : 0;
}

std::vector<Selection> select_quotes(const Question& question, const SearchResult& found,
                                     const TermWeights& weights, Tokenizer& tokenizer) {
  Selector selector(question, weights, tokenizer);
  std::vector<Selection> selections;
  const double best_rank = found.chunks.empty() ? 1.0 : std::max(found.chunks[0].score, 1e-9);
  for (std::size_t i = 0; i < found.chunks.size(); ++i) {
    auto selection = selector.best_of(found.chunks[i]);
    if (selection.score <= 0) continue;
    selection.chunk = i;
    selection.score += kRankShare * weights.all() * found.chunks[i].score / best_rank;
    selections.push_back(selection);
  }
  std::ranges::sort(selections, [](const Selection& a, const Selection& b) {
    return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
  });
  return selections;
}

}  // namespace gatehouse::knowledge
