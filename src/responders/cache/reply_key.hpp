// What an answer depends on, as one key.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "gatehouse/chat/reply_store.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::responders {

// What isn't in the prompt.
struct KeyTerms {
  std::string_view policy;      // changes when the policy does
  std::uint64_t knowledge = 0;  // changes when the documents do
  bool is_shared = false;       // all of a site share their answers; else each asker has his own
};

// The SHA-256 of all of it. Prompts that differ in nothing but the order of JSON members, spaces,
// and in members that no answer depends on have the same one. Nothing where a body can't be read.
std::optional<chat::ReplyKey> reply_key(const chat::Prompt& prompt, const chat::AskedFirst& first,
                                        const KeyTerms& terms, codec::JsonReader& reader);

}  // namespace gatehouse::responders
