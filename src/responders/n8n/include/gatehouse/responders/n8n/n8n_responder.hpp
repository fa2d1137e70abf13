// Answers from a workflow of n8n, by the address of its trigger.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/crypto/jws.hpp"
#include "gatehouse/http/client.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::responders {

struct N8nSettings {
  enum class Streams : std::uint8_t { kAuto, kYes, kNo };

  // What the trigger asks for: one of these two, or nothing.
  Secret credential_line;                   // "X-API-Key: …\r\n" or "Authorization: Basic …\r\n"
  std::optional<crypto::JwsKey> token_key;  // a token is signed with it for each request
  Duration token_lifetime{};
  std::string session_key = "sessionId";  // the names of the two members that a workflow reads
  std::string input_key = "chatInput";
  Streams streams = Streams::kAuto;
};

// The header line that n8n's Basic Auth asks for. `user` and `password` may be any text.
Secret n8n_basic_line(std::string_view user, const Secret& password);
// The one that its Header Auth asks for.
Secret n8n_header_line(std::string_view name, const Secret& value);

// Posts the last message to the pool's own address; the workflow keeps what it needs of the
// conversation by its id. An answer is known by its content: lines of a stream, JSON in any of
// n8n's forms, or text. What is set up wrong over there is told to the operator in plain words
// (RESPONDER_MISCONFIGURED in the log, the exchange's diagnosis), and never to who asks.
class N8nResponder final : public chat::Responder {
 public:
  N8nResponder(http::ClientPool& pool, N8nSettings settings, const Clock& clock, Random& random,
               telemetry::Log& log);

  // For what is asked from now on.
  void replace_settings(N8nSettings settings) { settings_ = std::move(settings); }
  std::string_view name() const override { return "n8n"; }
  async::Task<Result<void>> answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                   chat::Exchange& exchange) override;

 private:
  http::Headers headers_for(const chat::Prompt& prompt) const;
  async::Task<Error> failure(http::ClientResponse& response, const chat::Prompt& prompt,
                             chat::Exchange& exchange);
  async::Task<Result<void>> relay(http::ClientResponse& response, const chat::Prompt& prompt,
                                  chat::ReplySink& sink, chat::Exchange& exchange);
  void tell(std::string_view diagnosis, std::string_view detail, const chat::Prompt& prompt,
            chat::Exchange& exchange);

  http::ClientPool& pool_;
  N8nSettings settings_;  // no view of it crosses a wait
  const Clock& clock_;
  Random& random_;
  telemetry::Log& log_;
  codec::JsonReader json_;
};

}  // namespace gatehouse::responders
