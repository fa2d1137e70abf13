// The way of a message from a channel into its conversation, the same for all who hold one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/chat/chat_directory.hpp"
#include "gatehouse/chat/message_request.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/guard/pipeline.hpp"

namespace gatehouse::chat {

struct ReceptionParts {
  async::Worker& worker;
  ChatDirectory& directory;
  const Responder& responder;  // asked for its models only
  guard::Pipeline& guards;
  Random& random;
  guard::CurrentPolicy policy;
};

// Takes messages in, and crosses over to the worker of their conversation. One per worker; used on
// its thread only. What `caller` views must outlive the call it is given to.
class Reception {
 public:
  explicit Reception(ReceptionParts parts) : parts_(std::move(parts)) {}

  // The message stage, a place among the answers, and the budget. Appends the limits' header lines
  // in any case. `languages`: as Accept-Language has them.
  Result<IncomingMessage> admit(MessageRequest request, const guard::Caller& caller,
                                std::string_view channel, std::string_view languages,
                                std::string& limit_lines);
  // The conversation that the message belongs to, or will begin.
  std::string conversation_of(const IncomingMessage& message) const;
  // `id`: what conversation_of() says. `subscription` follows from the turn's first event.
  async::Task<Result<Accepted>> send(IncomingMessage message, std::string id,
                                     std::shared_ptr<Subscription> subscription);
  async::Task<Result<void>> follow(Owner owner, std::string id, std::optional<StreamPosition> after,
                                   std::shared_ptr<Subscription> subscription);
  async::Task<Result<void>> stop(Owner owner, std::string id);
  async::Task<Result<void>> remove(Owner owner, std::string id);
  void leave(const std::string& id, std::shared_ptr<Subscription> subscription);

 private:
  Result<guard::BudgetReservation> reserve_budget(const IncomingMessage& message,
                                                  const guard::Caller& caller,
                                                  std::string& limit_lines);

  const ReceptionParts parts_;
};

}  // namespace gatehouse::chat
