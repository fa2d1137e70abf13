// Answers from any backend that speaks OpenAI's chat completions.
#pragma once

#include <memory>
#include <string>

#include "gatehouse/base/secret.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/http/client.hpp"

namespace gatehouse::responders {

struct OpenAiSettings {
  std::string name = "openai";
  Secret api_key;     // empty: none is sent
  std::string model;  // for channels that name none
};

// Posts to <base>/chat/completions and turns what comes back into reply events: streamed or whole,
// with tool calls, reasoning, usage, and every form of error seen in the wild. HTML and other pages
// of a backend never get through.
class OpenAiResponder final : public chat::Responder {
 public:
  OpenAiResponder(http::ClientPool& pool, OpenAiSettings settings);

  // For what is asked from now on.
  void replace_api_key(const Secret& api_key);
  std::string_view name() const override { return name_; }
  chat::Repeats repeats() const override { return chat::Repeats::kAtTemperature0; }
  async::Task<Result<void>> answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                   chat::Exchange& exchange) override;

 private:
  // What is the same for every request. It holds the key.
  struct Lines {
    Secret whole;
    Secret stream;
  };
  static std::shared_ptr<const Lines> lines_with(const Secret& api_key);
  std::string body_for(const chat::Prompt& prompt) const;
  async::Task<Result<void>> relay_stream(http::ClientResponse& response, chat::ReplySink& sink,
                                         chat::Exchange& exchange);
  async::Task<Result<void>> relay_whole(http::ClientResponse& response, chat::ReplySink& sink,
                                        chat::Exchange& exchange);

  http::ClientPool& pool_;
  const std::string name_;
  const std::string model_;
  std::shared_ptr<const Lines> lines_;  // a request that is under way holds its own
  codec::JsonReader json_;
};

}  // namespace gatehouse::responders
