#include "gatehouse/knowledge/question.hpp"

#include <algorithm>
#include <set>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/unicode.hpp"
#include "stop_words.hpp"

namespace gatehouse::knowledge {
namespace {

constexpr double kWeakWeight = 0.3;
constexpr double kContextWeight = 0.5;
constexpr std::size_t kFollowUpMaxWords = 4;

using Terms = std::set<std::string, std::less<>>;

Terms terms_of(std::string_view words, Tokenizer& tokenizer) {
  Terms terms;
  for (auto& token : tokenizer.tokens(words)) terms.insert(std::move(token.term));
  return terms;
}

// The lists as terms, so that they meet the question's words in the same folded and stemmed form.
struct Lists {
  std::vector<Terms> stop;  // by language, English first
  Terms weak;
  Terms follow_up;
  Terms reference;
  Terms small_talk;
};

const Lists& lists() {
  static const Lists kLists = [] {
    Tokenizer tokenizer;
    Lists made;
    for (const auto& language : stop_words()) {
      made.stop.push_back(terms_of(language.words, tokenizer));
    }
    made.weak = terms_of(kWeakWords, tokenizer);
    made.follow_up = terms_of(kFollowUpWords, tokenizer);
    made.reference = terms_of(kReferenceWords, tokenizer);
    made.small_talk = terms_of(kSmallTalkWords, tokenizer);
    return made;
  }();
  return kLists;
}

std::string_view cut_question(std::string_view message) {
  if (message.size() <= kMaxQuestionBytes) return message;
  auto end = kMaxQuestionBytes;
  while (end > 0 && is_utf8_tail(message[end])) --end;
  return message.substr(0, end);
}

// The language with most of its stop words in the question; English unless another has more.
const Terms& stop_words_for(const std::vector<Token>& tokens) {
  const auto& all = lists().stop;
  const Terms* best = &all.front();
  std::ptrdiff_t best_hits = -1;
  for (const auto& language : all) {
    const auto hits = std::ranges::count_if(
        tokens, [&](const Token& token) { return language.contains(token.term); });
    if (hits > best_hits) {
      best = &language;
      best_hits = hits;
    }
  }
  return *best;
}

void add_terms(Question& question, std::string_view message, const std::vector<Token>& tokens,
               double weight, bool is_own) {
  const auto& english = lists().stop.front();
  const auto& language = stop_words_for(tokens);
  for (const auto& token : tokens) {
    if (question.terms.size() >= kMaxQuestionTerms) return;
    if (language.contains(token.term) || english.contains(token.term)) continue;
    if (std::ranges::find(question.terms, token.term, &QuestionTerm::term) !=
        question.terms.end()) {
      continue;
    }
    const double strength = lists().weak.contains(token.term) ? kWeakWeight : 1.0;
    question.terms.push_back(
        {.term = token.term,
         .word = std::string(message.substr(token.start, token.end - token.start)),
         .weight = weight * strength,
         .is_own = is_own});
  }
}

bool is_follow_up(const Question& question, const std::vector<Token>& tokens) {
  const auto strong = std::ranges::count_if(
      question.terms, [](const QuestionTerm& term) { return term.weight >= 1.0; });
  if (strong == 0) return true;
  if (tokens.empty() || strong > 2) return false;
  const auto refers = [](const Token& token) { return lists().reference.contains(token.term); };
  if (std::ranges::any_of(tokens, refers)) return true;
  // "And per hour?" goes on; "How do limits work?" and "What is a site?" don't.
  const bool has_opening = lists().follow_up.contains(tokens.front().term);
  return has_opening && tokens.size() <= kFollowUpMaxWords && strong <= 1 &&
         !std::ranges::any_of(tokens, [](const Token& token) {
           return token.term == "is" || token.term == "ar" || token.term == "do";
         });
}

bool asks_for_definition(const std::vector<Token>& tokens, std::size_t terms) {
  if (tokens.size() < 2 || terms == 0 || terms > 3) return false;
  const auto& first = tokens[0].term;
  const auto& second = tokens[1].term;
  const bool is_english = (first == "what" || first == "who") && (second == "is" || second == "ar");
  const bool is_german = (first == "wa" || first == "was" || first == "wer") && second == "ist";
  return is_english || is_german || (first == "defin");
}

}  // namespace

Question analyse_question(std::string_view message, std::string_view previous,
                          Tokenizer& tokenizer) {
  message = cut_question(message);
  const auto tokens = tokenizer.tokens(message);
  Question question;
  question.is_small_talk = !tokens.empty() && std::ranges::all_of(tokens, [](const Token& token) {
    return lists().small_talk.contains(token.term);
  });
  const Terms distinct = [&] {
    Terms terms;
    for (const auto& token : tokens) terms.insert(token.term);
    return terms;
  }();
  question.all_terms.assign(distinct.begin(), distinct.end());
  add_terms(question, message, tokens, 1.0, true);
  question.asks_what_it_is = asks_for_definition(tokens, question.terms.size());
  if (!previous.empty() && !question.is_small_talk && is_follow_up(question, tokens)) {
    previous = cut_question(previous);
    add_terms(question, previous, tokenizer.tokens(previous), kContextWeight, false);
  }
  return question;
}

}  // namespace gatehouse::knowledge
