// Takes the reply of one /v1 exchange, has it scanned, and writes it in OpenAI's form.
#pragma once

#include <string>
#include <variant>

#include "completion_writer.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/chat/scanned_reply.hpp"
#include "gatehouse/chat/spending.hpp"
#include "gatehouse/http/message.hpp"

namespace gatehouse::channels {

// Lives as long as the exchange. A stream begins with its first event, so that a backend that fails
// before it has said anything is answered with a proper status; while it thinks, comments keep the
// connection open.
class CompletionSink final : public chat::ReplySink,
                             private chat::ScannedSink,
                             private async::Timer {
 public:
  struct Terms {
    bool wants_stream = false;
    bool wants_usage = false;
    Duration heartbeat{};
  };
  CompletionSink(async::Worker& worker, http::ResponseWriter& writer, guard::ReplyScanner scanner,
                 CompletionIdentity identity, chat::Spending spending, Terms terms);

  void push(chat::ReplyEvent&& event) override;
  async::Task<Result<void>> flush() override;

  // Writes what ends the answer: its last frames or the error.
  async::Task<void> finish(const Result<void>& outcome);
  chat::Spending& spending() { return spending_; }
  const guard::ReplyScanner& scanner() const { return reply_.scanner(); }

 private:
  void expired() override;  // the heartbeat
  void start_stream();
  void tell_cache(const chat::ReplyStart& start);
  void write(ScannedEvent&& event) override;

  async::Worker& worker_;
  http::ResponseWriter& writer_;
  chat::ScannedReply reply_;
  const Terms terms_;
  std::variant<WholeWriter, ChunkWriter> form_;
  std::string out_;
  chat::Spending spending_;
  bool has_begun_ = false;  // the backend has said something
};

}  // namespace gatehouse::channels
