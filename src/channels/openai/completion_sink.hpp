// Takes the reply of one /v1 exchange, has it scanned, and writes it in OpenAI's form.
#pragma once

#include <optional>
#include <string>

#include "completion_writer.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/guard/reply_scanner.hpp"
#include "gatehouse/http/message.hpp"

namespace gatehouse::channels {

// Lives as long as the exchange. A stream begins with its first event, so that a backend that fails
// before it has said anything is answered with a proper status; while it thinks, comments keep the
// connection open.
class CompletionSink final : public chat::ReplySink, private async::Timer {
 public:
  struct Terms {
    bool wants_stream = false;
    bool wants_usage = false;
    Duration heartbeat{};
  };
  CompletionSink(async::Worker& worker, http::ResponseWriter& writer, guard::ReplyScanner scanner,
                 CompletionIdentity identity, Terms terms);

  void push(chat::ReplyEvent event) override;
  async::Task<Result<void>> flush() override;

  // Writes what ends the answer: its last frames or the error.
  async::Task<void> finish(const Result<void>& outcome);
  const chat::Usage& usage() const { return usage_; }
  const std::optional<guard::Verdict>& cut() const { return cut_; }

 private:
  void expired() override;  // the heartbeat
  void start_stream();
  void write_scanned(guard::ScanReceipt receipt, chat::ReplyEvent event);
  void cut_reply(guard::Verdict verdict);

  async::Worker& worker_;
  http::ResponseWriter& writer_;
  guard::ReplyScanner scanner_;
  const Terms terms_;
  ChunkWriter chunks_;
  WholeWriter whole_;
  std::string out_;
  chat::Usage usage_;
  std::uint64_t open_choices_ = 0;  // a bit for each choice that has begun and not ended
  std::optional<guard::Verdict> cut_;
};

}  // namespace gatehouse::channels
