// One event of LINE on its way to its answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/jobs/job_handler.hpp"
#include "line_api.hpp"
#include "line_event.hpp"
#include "line_jobs.hpp"
#include "send_order.hpp"
#include "texts.hpp"

namespace gatehouse::channels::line {

// Ids of the store for what LINE calls by names of its own: the same for the same.
std::string conversation_id_of(std::string_view site, std::string_view chat_id);
std::string message_id_of(std::string_view message_id);
Principal principal_of(std::string_view site, std::string_view id);
// What a button's postback says, and the message of a postback; empty: it is none of ours.
std::string button_data(std::string_view message_id);
std::string_view message_of_button(std::string_view data);

// Lives as long as one attempt at its job. What it says is left as jobs of their own, each with a
// key, so that an attempt that is repeated says nothing twice.
class Answering {
 public:
  Answering(const LineJobParts& parts, LineApi& api, jobs::JobContext& context, const Event& event);

  // Why the guard doesn't let the words of the event through, for who said them; empty: it does.
  std::string refusal();
  // What the responder says to them.
  async::Task<Result<void>> answer();
  // The answer that a button stands for.
  async::Task<Result<void>> show_answer();
  // What was said and is taken back. Fine where there is no such thing.
  async::Task<Result<void>> forget_message();
  async::Task<Result<void>> forget_conversation();
  async::Task<Result<void>> say(Text text);
  async::Task<Result<void>> say(std::string text);

  const guard::Caller& caller() const { return caller_; }

 private:
  struct Said {
    chat::MessageStatus status = chat::MessageStatus::kInterrupted;
    std::string text;  // with its sources, as LINE shows it
  };

  // False: nobody was asked, and failure_ says why.
  async::Task<Result<bool>> think(const std::string& text);
  async::Task<Result<chat::Accepted>> send(const std::string& text, bool is_new,
                                           std::shared_ptr<chat::Subscription> subscription);
  std::expected<guard::BudgetReservation, guard::Verdict> reserve_budget(const std::string& text);
  async::Task<Result<void>> wait_for_end(chat::Subscription& subscription);
  bool take_end(chat::Subscription& subscription);
  async::Task<void> offer_button();
  async::Task<Result<void>> say_reply();
  async::Task<Result<Said>> read_reply(std::string message_id);
  // What an attempt before was asked and didn't get a whole answer to.
  async::Task<Result<void>> remove_broken_answer();
  async::Task<Result<void>> say(std::string text, std::optional<AnswerButton> button,
                                std::string suffix);
  // Until `stop`: the message is shown as read, and the bot as busy.
  async::Task<void> show_presence(async::Cancellation& stop);
  AnswerButton button_for(std::string_view message_id) const;
  std::string_view words(Text text) const { return text_of(text, language_); }
  WallTime now() const { return parts_.worker.clock().wall(); }

  const LineJobParts& parts_;
  LineApi& api_;
  jobs::JobContext& context_;
  const Event& event_;
  const Principal asker_;
  const chat::Owner owner_;  // of the chat
  const std::string conversation_id_;
  const std::string message_id_;
  const std::string language_;
  const guard::Caller caller_;
  const WallTime token_until_;
  std::string failure_;  // why there is no answer, in words for people
  bool is_button_shown_ = false;
};

}  // namespace gatehouse::channels::line
