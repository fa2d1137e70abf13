// Answers from the documents of the site, in quotes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gatehouse/chat/responder.hpp"
#include "gatehouse/knowledge/documents.hpp"
#include "gatehouse/knowledge/extractive_answer.hpp"
#include "gatehouse/knowledge/tokenizer.hpp"

namespace gatehouse::responders {

// Searches for what the last user message asks and streams the passages that answer, each with its
// citation: first the ReplyStart, then for each source its quote, its Citation and its [n]. Needs
// no model and no network. One per worker; `documents` must outlive it. Errors are those of the
// index.
class KnowledgeResponder final : public chat::Responder {
 public:
  explicit KnowledgeResponder(knowledge::Documents& documents) : documents_(documents) {}

  std::string_view name() const override { return "knowledge"; }
  chat::Repeats repeats() const override { return chat::Repeats::kAlways; }
  async::Task<Result<void>> answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                   chat::Exchange& exchange) override;

 private:
  async::Task<Result<void>> stream(const knowledge::ExtractiveAnswer& reply, chat::ReplySink& sink,
                                   chat::Exchange& exchange);

  knowledge::Documents& documents_;
  knowledge::Tokenizer tokenizer_;
};

}  // namespace gatehouse::responders
