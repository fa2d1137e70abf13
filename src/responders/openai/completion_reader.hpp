// From OpenAI's JSON to reply events.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/codec/json.hpp"
#include "surrogate_carry.hpp"

namespace gatehouse::responders {

// Reads the objects of one answer: the chunks of a stream, or one whole completion. Lenient where
// backends differ, but never silent: what is no answer at all is an error.
class CompletionReader {
 public:
  CompletionReader(std::string responder, codec::JsonReader& json, chat::ReplySink& sink)
      : responder_(std::move(responder)), json_(json), sink_(sink) {}

  Result<void> read_chunk(std::string_view json_text);
  Result<void> read_whole(std::string_view json_text);
  // Whether every choice that began has ended: a stream may close then, with or without [DONE].
  bool is_finished() const { return has_choices_ && open_choices_ == 0; }

 private:
  void start(std::string_view model);
  void end_choice(std::uint32_t choice, std::string_view reason);
  void note_choice(std::uint32_t choice);

  std::string responder_;
  codec::JsonReader& json_;
  chat::ReplySink& sink_;
  SurrogateCarry carry_;
  std::uint64_t seen_choices_ = 0;  // a bit each; no backend gives more than 64
  std::uint64_t ended_choices_ = 0;
  std::uint32_t open_choices_ = 0;
  bool has_started_ = false;
  bool has_choices_ = false;
};

}  // namespace gatehouse::responders
