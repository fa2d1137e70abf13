// From what a workflow answers to reply events.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "diagnosis.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/codec/ndjson.hpp"

namespace gatehouse::responders {

// Reads the body of one answer. n8n sends streams under the type of JSON, and texts under the type
// of a page: the content alone says what it is. Nodes that speak at the same time are told one
// after the other, with a paragraph between.
class N8nReader {
 public:
  using Read = std::expected<void, N8nFault>;

  // `is_json`: what the type of the body says. A whole answer in JSON is never empty, a stream to
  // which no node has said anything is.
  N8nReader(codec::JsonReader& json, chat::ReplySink& sink, bool is_json)
      : json_(json), sink_(sink), is_json_(is_json) {}

  // The next piece of the body, as it comes.
  Read read(std::string_view piece);
  // The body has ended; after this the reply has, too.
  Read end();
  bool is_stream() const { return form_ == Form::kLines; }

 private:
  enum class Form : std::uint8_t { kUnknown, kLines, kWhole };
  // What one run of one node says.
  struct Part {
    std::string key;
    std::string held;  // until those before it have ended
    bool has_ended = false;
  };

  Read read_lines(std::string_view piece);
  Read read_line(std::string_view line);
  Read read_chunk(const codec::JsonValue& chunk);
  Read end_lines();
  Read read_whole();
  bool begins_as_stream();
  bool add_text_of(const codec::JsonValue& value, unsigned depth, std::string& text) const;
  Part* part_of(const codec::JsonValue& metadata);
  Read hear(Part& part, std::string_view text);
  void finish_ended_parts();
  void say(std::string_view speaker, std::string_view text);

  codec::JsonReader& json_;
  chat::ReplySink& sink_;
  const bool is_json_;
  codec::NdjsonParser parser_;
  Form form_ = Form::kUnknown;
  std::string whole_;        // until the form is known, and while the body is one whole
  std::vector<Part> parts_;  // in the order they began; the first is told as it comes
  std::string speaker_;      // whose words were the last
  std::size_t held_bytes_ = 0;
  bool has_started_ = false;
};

}  // namespace gatehouse::responders
