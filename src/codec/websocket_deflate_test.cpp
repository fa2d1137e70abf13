#include "gatehouse/codec/websocket_deflate.hpp"

#include <gtest/gtest.h>

#include "gatehouse/codec/testing/client_frames.hpp"

namespace gatehouse::codec {
namespace {

using Outcome = MessageInflater::Outcome;

std::string answer(std::string_view offers) {
  const auto agreed = agree_on_deflate(offers);
  return agreed ? agreed->answer : "none";
}

// One message in pieces of `step` bytes; what went wrong, or what it says.
std::string inflate(MessageInflater& inflater, std::string_view bytes, std::size_t step = 1,
                    std::size_t limit_bytes = 10'000) {
  std::string out;
  Outcome outcome = Outcome::kDone;
  for (; !bytes.empty() && outcome == Outcome::kDone;
       bytes.remove_prefix(std::min(step, bytes.size())))
    outcome = inflater.add(bytes.substr(0, step), out, limit_bytes);
  if (outcome == Outcome::kDone) outcome = inflater.end_message(out, limit_bytes);
  if (outcome == Outcome::kTooLarge) return "too large";
  return outcome == Outcome::kDone ? out : "malformed";
}

std::string deflate(MessageDeflater& deflater, std::string_view text) {
  std::string out;
  EXPECT_TRUE(deflater.deflate(text, out));
  return out;
}

TEST(AgreeOnDeflate, AnswersEachParameter) {
  EXPECT_EQ(answer("permessage-deflate"), "permessage-deflate");
  EXPECT_EQ(answer("x-webkit, Permessage-Deflate; client_max_window_bits"),
            "permessage-deflate; client_max_window_bits=15");
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=\"10\"; server_max_window_bits=15"),
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=10");
  EXPECT_EQ(answer("permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                   "server_max_window_bits=9"),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
            "server_max_window_bits=9");
}

TEST(AgreeOnDeflate, PassesOverWhatItCantKeep) {
  for (const std::string_view offers :
       {"", "x", "permessage-deflate; x", "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=010",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_max_window_bits; client_max_window_bits"})
    EXPECT_EQ(answer(offers), "none") << offers;
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=8, permessage-deflate"),
            "permessage-deflate");
}

TEST(MessageInflater, ReadsTheStandardsExamples) {
  MessageInflater inflater{WebSocketDeflate{}};
  for (const std::size_t step : {1UL, 100UL}) {
    EXPECT_EQ(inflate(inflater, "\xf2\x48\xcd\xc9\xc9\x07" + std::string(1, '\0'), step), "Hello");
    EXPECT_EQ(inflate(inflater, {"\xf2\x00\x11\x00\x00", 5}, step), "Hello");  // by its context
    EXPECT_EQ(inflate(inflater, {"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11}, step),
              "Hello");
    EXPECT_EQ(inflate(inflater, {"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8}, step), "Hello");  // BFINAL
    EXPECT_EQ(inflate(inflater, {"\xf2\x00\x11\x00\x00", 5}, step), "Hello");
    EXPECT_EQ(inflate(inflater, {"\x00", 1}, step), "");
  }
}

TEST(MessageInflater, ForgetsItsContextWhereThatWasAgreed) {
  WebSocketDeflate terms;
  terms.client_keeps_context = false;
  MessageInflater inflater{terms};
  EXPECT_EQ(inflate(inflater, {"\xf2\x48\xcd\xc9\xc9\x07\x00", 7}), "Hello");
  EXPECT_EQ(inflate(inflater, {"\xf2\x00\x11\x00\x00", 5}), "malformed");
}

TEST(MessageInflater, ABombIsStoppedAtTheLimit) {
  MessageDeflater deflater{WebSocketDeflate{}};
  std::string same;
  same.resize(100'000'000, 'x');
  const auto bomb = deflate(deflater, same);
  EXPECT_LT(bomb.size(), 600'000U);
  MessageInflater inflater{WebSocketDeflate{}};
  std::string out;
  EXPECT_EQ(inflater.add(bomb, out, 10'000), Outcome::kTooLarge);
  EXPECT_LE(out.capacity(), 40'000U);
}

TEST(MessageInflater, TheLimitItselfIsLetThrough) {
  MessageDeflater deflater{WebSocketDeflate{}};
  const std::string text(10'000, 'x');
  MessageInflater inflater{WebSocketDeflate{}};
  EXPECT_EQ(inflate(inflater, deflate(deflater, text), 5), text);
  EXPECT_EQ(inflate(inflater, deflate(deflater, text + "x"), 5), "too large");
}

TEST(MessageInflater, ManyFinalBlocksAreNoMessage) {
  std::string blocks;
  for (int i = 0; i < 1000; ++i) blocks += std::string("\x03\x00", 2);
  MessageInflater inflater{WebSocketDeflate{}};
  EXPECT_EQ(inflate(inflater, blocks), "malformed");
}

TEST(MessageInflater, NonsenseIsMalformed) {
  MessageInflater inflater{WebSocketDeflate{}};
  EXPECT_EQ(inflate(inflater, "\xff\xff\xff\xff"), "malformed");
}

TEST(MessageDeflater, WhatItWritesIsReadBackWithAndWithoutContext) {
  for (const bool keeps : {true, false}) {
    for (const std::uint8_t bits : {9, 12}) {
      WebSocketDeflate terms{.server_window_bits = bits, .client_window_bits = bits};
      terms.server_keeps_context = terms.client_keeps_context = keeps;
      MessageDeflater deflater{terms};
      MessageInflater inflater{terms};
      std::size_t bytes = 0;
      for (int i = 0; i < 50; ++i) {
        const std::string text =
            R"({"type":"delta","data":{"text":" word)" + std::to_string(i) + "\"}}";
        const auto small = deflate(deflater, text);
        bytes += small.size();
        EXPECT_EQ(inflate(inflater, small), text);
      }
      EXPECT_EQ(bytes < 1200, keeps) << bytes;
      const std::string large(9000, 'y');
      EXPECT_EQ(inflate(inflater, deflate(deflater, large), 100), large);
    }
  }
}

}  // namespace
}  // namespace gatehouse::codec
