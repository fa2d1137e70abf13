// Reads one message after another: which rules and signs are in it, and how sure that makes us.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/guard/message_rules.hpp"

namespace gatehouse::guard {

// Who wrote a text that a responder will read. What a program's own operator wrote (system turns)
// is not checked.
enum class MessageOrigin : std::uint8_t {
  kPerson,
  kTool,     // what a tool gave back: it may be code and markup, but has nothing to command
  kDocument  // what a person or program put beside the question; the same holds
};

// What was found in a message. Views hold until the analyzer reads another.
struct MessageFindings {
  std::uint16_t confidence = 0;  // 0 to 1000: that somebody attacks or spams
  std::string_view rule;         // what weighed most
  std::string_view evidence;     // at most 80 bytes around it, numbers masked; may be empty
  bool is_hidden = false;        // it was seen in a decoded view only
  std::uint64_t similarity = 0;  // the hash of its words
  std::uint32_t words = 0;
};

// A rule that is only observed, and was found.
struct ObservedHit {
  std::string_view rule;
  std::string_view evidence;
};

// One per worker, on its thread only. Allocates nothing once its buffers have grown. The work on
// one message is bounded: its length, and 64 KB of views.
class MessageAnalyzer {
 public:
  static Result<std::unique_ptr<MessageAnalyzer>> make(std::shared_ptr<const MessageRules> rules);
  ~MessageAnalyzer();

  // `text` must be valid UTF-8. Rules named in `observed` don't count; observed_hits() has them.
  MessageFindings read(std::string_view text, MessageOrigin origin,
                       std::span<const std::string> observed = {});
  std::span<const ObservedHit> observed_hits() const;

  // For fitting weights: the features of the message read last, by group and name, with their
  // values; the ids of the rules found; and its places in a word model of `size`.
  struct Feature {
    std::string_view group;
    std::string name;
    float value = 0;
  };
  std::vector<Feature> features() const;
  std::vector<std::string_view> rules_found() const;
  std::vector<std::uint32_t> word_places(std::size_t size) const;

 private:
  struct Parts;
  explicit MessageAnalyzer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace gatehouse::guard
