#include "gatehouse/codec/websocket.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/testing/client_frames.hpp"

namespace gatehouse::codec {
namespace {

using testing::client_frame;
using Kind = WebSocketEvent::Kind;
using Opcode = WebSocketOpcode;

constexpr WebSocketLimits kLimits{.frame_bytes = 1000, .message_bytes = 3000};

struct Seen {
  Kind kind;
  std::string payload;
  std::uint16_t code;
  friend bool operator==(const Seen&, const Seen&) = default;
};

std::vector<Seen> read(std::string_view bytes, std::size_t step = 1,
                       const std::optional<WebSocketDeflate>& deflate = {}) {
  WebSocketReader reader(kLimits, deflate);
  std::vector<Seen> seen;
  while (!bytes.empty()) {
    auto piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    WebSocketEvent event;
    while (reader.next(piece, event)) {
      const bool is_fault = event.kind == Kind::kFault;
      seen.push_back({event.kind, is_fault ? "" : std::string(event.payload), event.code});
    }
    if (reader.has_ended()) break;
  }
  return seen;
}

std::string part(std::string_view payload, Opcode opcode, bool is_final) {
  return client_frame(payload, {.opcode = opcode, .is_final = is_final});
}
std::string control(Opcode opcode, std::string_view payload = {}) {
  return client_frame(payload, {.opcode = opcode});
}
Seen text(std::string payload) { return {Kind::kText, std::move(payload), 0}; }
Seen fault(std::uint16_t code) { return {Kind::kFault, "", code}; }
std::string bytes_of(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(hex_value(hex[i]) * 16 + hex_value(hex[i + 1]));
  return out;
}

TEST(WebSocketAccept, IsThatOfTheStandardsExample) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

class Handshake : public ::testing::Test {
 protected:
  std::uint16_t status(const std::string& lines, const std::string& line = "GET / HTTP/1.1") {
    block_ = line + "\r\nHost: h\r\n" + lines + "\r\n";
    EXPECT_FALSE(parse_request_head(block_, {}, head_));
    const auto read = read_websocket_handshake(head_, true);
    return read ? 101 : read.error().status;
  }
  const std::string upgrade_ = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
  const std::string key_ = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const std::string version_ = "Sec-WebSocket-Version: 13\r\n";
  std::string block_;
  RequestHead head_;
};

TEST_F(Handshake, IsTakenWhenAllOfItIsThere) { EXPECT_EQ(status(upgrade_ + key_ + version_), 101); }

TEST_F(Handshake, AnotherProtocolOrVersionIsToldWhatIsSpoken) {
  EXPECT_EQ(status(key_ + version_), 426);
  EXPECT_EQ(status("Connection: Upgrade\r\nUpgrade: h2c\r\n" + key_ + version_), 426);
  EXPECT_EQ(status("Upgrade: websocket\r\n" + key_ + version_), 426);
  EXPECT_EQ(status(upgrade_ + key_ + "Sec-WebSocket-Version: 8\r\n"), 426);
  EXPECT_EQ(status(upgrade_ + key_ + version_ + version_), 426);
}

TEST_F(Handshake, WhatIsMalformedIsRefused) {
  EXPECT_EQ(status(upgrade_ + version_), 400);
  EXPECT_EQ(status(upgrade_ + key_ + key_ + version_), 400);
  EXPECT_EQ(status(upgrade_ + "Sec-WebSocket-Key: c2hvcnQ=\r\n" + version_), 400);
  EXPECT_EQ(status(upgrade_ + key_ + version_, "POST / HTTP/1.1"), 400);
  EXPECT_EQ(status(upgrade_ + key_ + version_, "GET / HTTP/1.0"), 400);
  EXPECT_EQ(status(upgrade_ + key_ + version_ + "Content-Length: 2\r\n"), 400);
}

TEST(WebSocketReader, ReadsTheStandardsExamples) {
  EXPECT_EQ(read(bytes_of("818537fa213d7f9f4d5158")), std::vector{text("Hello")});
  const auto pong = bytes_of("8a8537fa213d7f9f4d5158");
  EXPECT_EQ(read(pong), (std::vector{Seen{Kind::kPong, "Hello", 0}}));
}

TEST(WebSocketReader, AMessageIsTheSameHoweverItIsSplit) {
  const std::string bytes = part("Gr\xC3", Opcode::kText, false) + control(Opcode::kPing, "p") +
                            part("", Opcode::kContinuation, false) +
                            part("\xBC\xC3\x9F", Opcode::kContinuation, true) +
                            client_frame(std::string(900, 'x'), {.opcode = Opcode::kBinary});
  const std::vector<Seen> all{
      {Kind::kPing, "p", 0}, text("Grüß"), {Kind::kBinary, std::string(900, 'x'), 0}};
  for (std::size_t step = 1; step <= bytes.size(); step += 7) EXPECT_EQ(read(bytes, step), all);
}

TEST(WebSocketReader, AnEmptyMessageIsOne) {
  EXPECT_EQ(read(client_frame("")), std::vector{text("")});
}

TEST(WebSocketReader, ABareFrameIsRefused) {
  EXPECT_EQ(read(client_frame("x", {.is_masked = false})), std::vector{fault(1002)});
}

TEST(WebSocketReader, ReservedBitsAndOpcodesAreRefused) {
  for (std::uint8_t bits = 1; bits < 8; ++bits)
    EXPECT_EQ(read(client_frame("x", {.reserved = bits})), std::vector{fault(1002)}) << bits;
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    EXPECT_EQ(read(control(static_cast<Opcode>(opcode))), std::vector{fault(1002)}) << opcode;
}

TEST(WebSocketReader, ControlFramesAreShortAndWhole) {
  EXPECT_EQ(read(control(Opcode::kPing, std::string(125, 'x'))).size(), 1U);
  EXPECT_EQ(read(control(Opcode::kPing, std::string(126, 'x'))), std::vector{fault(1002)});
  EXPECT_EQ(read(part("x", Opcode::kPing, false)), std::vector{fault(1002)});
}

TEST(WebSocketReader, FragmentsComeInTheirOrder) {
  EXPECT_EQ(read(part("x", Opcode::kContinuation, true)), std::vector{fault(1002)});
  const auto begun = part("x", Opcode::kText, false);
  EXPECT_EQ(read(begun + client_frame("y")), std::vector{fault(1002)});
}

TEST(WebSocketReader, LengthsAreInTheirShortestForm) {
  EXPECT_EQ(read(bytes_of("81fe000100000000") + "x"), std::vector{fault(1002)});
  EXPECT_EQ(read(bytes_of("81ff000000000000000100000000") + "x"), std::vector{fault(1002)});
  EXPECT_EQ(read(bytes_of("81ff800000000000000000000000")), std::vector{fault(1002)});
}

TEST(WebSocketReader, SizesAreBoundedBeforeTheyCome) {
  const auto large = client_frame(std::string(1001, 'x')).substr(0, 8);
  EXPECT_EQ(read(large), std::vector{fault(1009)});
  std::string bytes = part(std::string(1000, 'x'), Opcode::kText, false);
  for (int i = 0; i < 2; ++i) bytes += part(std::string(1000, 'x'), Opcode::kContinuation, false);
  EXPECT_EQ(read(bytes).size(), 0U);
  EXPECT_EQ(read(bytes + part("x", Opcode::kContinuation, true)), std::vector{fault(1009)});
}

TEST(WebSocketReader, ATextFailsWithItsFirstWrongByte) {
  for (const std::string_view wrong :
       {"\xC0", "\xED\xA0", "\xF4\x90", "\xFF", "\xE2\x28", "a\x80"}) {
    const auto begun = part(wrong, Opcode::kText, false);
    EXPECT_EQ(read(begun), std::vector{fault(1007)}) << to_hex(wrong);
    EXPECT_EQ(read(client_frame(std::string(wrong) + "more text").substr(0, 6 + wrong.size())),
              std::vector{fault(1007)});
  }
  EXPECT_EQ(read(part("\xE2\x82", Opcode::kText, false)).size(), 0U);
  EXPECT_EQ(read(client_frame("\xE2\x82")), std::vector{fault(1007)});
  EXPECT_EQ(read(client_frame("\xFF", {.opcode = Opcode::kBinary})).front().kind, Kind::kBinary);
}

TEST(WebSocketReader, ACloseHasACodeThatMayBeSaid) {
  const auto close = [](std::uint16_t code, std::string_view reason = {}) {
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    return read(control(Opcode::kClose, payload.append(reason)));
  };
  for (const std::uint16_t code : {1000, 1001, 1003, 1007, 1011, 1013, 3000, 4999})
    EXPECT_EQ(close(code, "bye"), (std::vector{Seen{Kind::kClose, "bye", code}}));
  for (const std::uint16_t code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000})
    EXPECT_EQ(close(code), std::vector{fault(1002)}) << code;
  EXPECT_EQ(close(1000, "\xFF"), std::vector{fault(1007)});
  EXPECT_EQ(read(control(Opcode::kClose)), (std::vector{Seen{Kind::kClose, "", 1005}}));
  EXPECT_EQ(read(control(Opcode::kClose, "x")), std::vector{fault(1002)});
}

TEST(WebSocketReader, NothingComesAfterAClose) {
  EXPECT_EQ(read(control(Opcode::kClose) + client_frame("x"), 100).size(), 1U);
}

TEST(WebSocketWriter, LengthsHaveTheirForms) {
  const auto header = [](std::size_t bytes) {
    std::string out;
    append_websocket_frame(out, Opcode::kText, std::string(bytes, 'x'));
    return to_hex(std::string_view(out).substr(0, out.size() - bytes));
  };
  EXPECT_EQ(header(125), "817d");
  EXPECT_EQ(header(126), "817e007e");
  EXPECT_EQ(header(65'536), "817f0000000000010000");
}

TEST(WebSocketWriter, AReasonIsCutAtACharacter) {
  std::string long_reason;
  for (int i = 0; i < 100; ++i) long_reason += "ü";
  std::string out;
  append_websocket_close(out, 1008, long_reason);
  EXPECT_EQ(out.size(), 2U + 2 + 122);
  EXPECT_TRUE(scan_utf8(std::string_view(out).substr(4)).is_valid);
}

}  // namespace
}  // namespace gatehouse::codec
