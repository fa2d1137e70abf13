#include "gatehouse/responders/knowledge/knowledge_responder.hpp"

#include <utility>
#include <vector>

#include "gatehouse/knowledge/question.hpp"
#include "word_groups.hpp"

namespace gatehouse::responders {
namespace {

constexpr std::size_t kSearchLimit = 16;
constexpr std::size_t kDeltasPerFlush = 8;

struct Asked {
  std::string_view message;   // the last of the user
  std::string_view previous;  // the one before it
};

Asked asked_in(const chat::Prompt& prompt) {
  Asked asked;
  for (auto message = prompt.messages.rbegin(); message != prompt.messages.rend(); ++message) {
    if (message->role != chat::Role::kUser) continue;
    if (asked.message.data() == nullptr) {
      asked.message = message->text;
    } else {
      asked.previous = message->text;
      break;
    }
  }
  return asked;
}

std::unexpected<Error> cancelled() { return fail(ErrorCode::kCancelled, "The reply was stopped."); }

chat::Citation citation_of(const knowledge::AnswerSource& source) {
  return {.number = source.number,
          .document_id = source.document_id,
          .file = source.file,
          .title = source.title,
          .heading = source.heading,
          .start = source.start,
          .end = source.end,
          .quote = source.quote};
}

// All events of the answer in order. A citation comes before the piece that holds its [n], so that
// whoever shows the marker knows where it leads.
std::vector<chat::ReplyEvent> events_of(const knowledge::ExtractiveAnswer& reply) {
  std::vector<chat::ReplyEvent> events;
  bool is_first = true;
  for (const auto& part : reply.parts) {
    auto text = std::exchange(is_first, false) ? part.text : "\n\n" + part.text;
    if (part.source > 0) events.emplace_back(citation_of(reply.sources[part.source - 1]));
    for (auto& group : word_groups(text)) {
      events.emplace_back(
          chat::ReplyDelta{.choice = 0, .lane = chat::Lane::kText, .text = std::move(group)});
    }
  }
  events.emplace_back(chat::ReplyEnd{.choice = 0, .reason = chat::FinishReason::kStop});
  return events;
}

}  // namespace

async::Task<Result<void>> KnowledgeResponder::answer(const chat::Prompt& prompt,
                                                     chat::ReplySink& sink,
                                                     chat::Exchange& exchange) {
  const auto asked = asked_in(prompt);
  const auto question = knowledge::analyse_question(asked.message, asked.previous, tokenizer_);
  knowledge::SearchRequest request{.site = prompt.site, .terms = {}, .limit = kSearchLimit};
  for (const auto& term : question.terms) request.terms.push_back(term.term);
  auto found = co_await documents_.search(std::move(request));
  if (exchange.cancellation.is_cancelled()) co_return cancelled();
  if (!found) co_return std::unexpected(std::move(found.error()));
  const auto reply = knowledge::compose_answer(question, *found, tokenizer_);
  co_return co_await stream(reply, sink, exchange);
}

async::Task<Result<void>> KnowledgeResponder::stream(const knowledge::ExtractiveAnswer& reply,
                                                     chat::ReplySink& sink,
                                                     chat::Exchange& exchange) {
  sink.push(chat::ReplyStart{.responder = std::string(name()), .model = {}});
  std::size_t pushed = 0;
  for (auto& event : events_of(reply)) {
    sink.push(std::move(event));
    if (++pushed % kDeltasPerFlush != 0) continue;
    auto flushed = co_await sink.flush();
    if (!flushed) co_return std::unexpected(std::move(flushed.error()));
    if (exchange.cancellation.is_cancelled()) co_return cancelled();
  }
  co_return co_await sink.flush();
}

}  // namespace gatehouse::responders
