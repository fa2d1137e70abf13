// Answers from Ollama by its own protocol, which alone can set the size of the context.
#pragma once

#include <cstdint>
#include <string>

#include "gatehouse/chat/responder.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/http/client.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::responders {

struct OllamaSettings {
  std::string model;                    // for channels that name none
  std::uint64_t context_tokens = 8192;  // one for all prompts: another makes Ollama load anew
  std::string keep_alive;               // as Ollama spells it: "5m", "-1"; empty: its own
};

// Posts to /api/chat, always as a stream. A prompt that is longer than the context would lose its
// beginning there, without a word: it is shortened here, oldest messages first and never what the
// system says, and the log and the usage tell how many went.
class OllamaResponder final : public chat::Responder {
 public:
  OllamaResponder(http::ClientPool& pool, OllamaSettings settings, telemetry::Log& log);

  std::string_view name() const override { return "ollama"; }
  chat::Repeats repeats() const override { return chat::Repeats::kAtTemperature0; }
  async::Task<Result<void>> answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                   chat::Exchange& exchange) override;

 private:
  async::Task<Result<void>> relay(http::ClientResponse& response, std::uint64_t dropped,
                                  chat::ReplySink& sink, chat::Exchange& exchange);

  http::ClientPool& pool_;
  const OllamaSettings settings_;
  telemetry::Log& log_;
  codec::JsonReader json_;
};

}  // namespace gatehouse::responders
