#include "gatehouse/net/client_hello.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "gatehouse/base/text.hpp"

namespace gatehouse::net {
namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(hex_value(hex[i]) * 16 + hex_value(hex[i + 1]));
  return bytes;
}

std::string number(std::size_t value, unsigned bytes) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>((value >> (8 * bytes)) & 0xFF);
  return text;
}
std::string vector(unsigned length_bytes, std::string_view content) {
  return number(content.size(), length_bytes).append(content);
}
std::string numbers(std::initializer_list<unsigned> values) {
  std::string text;
  for (const unsigned value : values) text += number(value, 2);
  return text;
}

struct Extension {
  unsigned type;
  std::string content;
};

std::string hello_of(std::string_view ciphers, const std::vector<Extension>& extensions,
                     unsigned version = 0x0303) {
  std::string block;
  for (const auto& [type, content] : extensions) block += number(type, 2) + vector(2, content);
  const std::string body = number(version, 2) + std::string(32, 'r') + vector(1, "session") +
                           vector(2, ciphers) + vector(1, std::string(1, '\0')) +
                           (extensions.empty() ? "" : vector(2, block));
  return number(1, 1) + vector(3, body);
}

std::optional<ClientFingerprint> read(std::string_view message) {
  return fingerprint_of({reinterpret_cast<const unsigned char*>(message.data()), message.size()});
}
std::string ja4_of(std::string_view message) {
  const auto found = read(message);
  return found ? std::string(found->ja4_text()) : "none";
}

std::string protocols(std::initializer_list<std::string> names) {
  std::string list;
  for (const auto& name : names) list += vector(1, name);
  return vector(2, list);
}

const std::string kChromeCiphers =
    numbers({0x2A2A, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013,
             0xC014, 0x009C, 0x009D, 0x002F, 0x0035});

// In an order of the day, as Chrome shuffles them.
std::vector<Extension> chrome_extensions() {
  return {{0xFAFA, ""},
          {0x0017, ""},
          {0x0010, protocols({"h2", "http/1.1"})},
          {0x4469, ""},
          {0x000D,
           vector(2, numbers({0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601}))},
          {0x0005, ""},
          {0x002B, vector(1, numbers({0x7A7A, 0x0304, 0x0303}))},
          {0x0000, "names"},
          {0x001B, ""},
          {0x0033, ""},
          {0xFF01, ""},
          {0x0012, ""},
          {0x000A, ""},
          {0x002D, ""},
          {0x000B, ""},
          {0x0023, ""},
          {0x0015, ""},
          {0x1A1A, ""}};
}

TEST(ClientHello, OfChromeHasTheFingerprintThatEverybodyKnows) {
  const auto found = read(hello_of(kChromeCiphers, chrome_extensions()));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->ja4_text(), "t13d1516h2_8daaf6152771_e5627efa2ab1");
  EXPECT_TRUE(found->offers_http2);
  EXPECT_TRUE(found->offers_tls13);
  EXPECT_TRUE(found->has_grease);
}

// Captured from `openssl s_client -tls1_2 -noservername`, version 3.0.
TEST(ClientHello, OfAProgramIsReadFromItsBytes) {
  const std::string message = from_hex(
      "010000b3030360ad1aceae91c3bd06b0a10ce001b44fa5f38350b11cc51dcfe65706a0ef924c000038c0"
      "2cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c013003300"
      "9d009c003d003c0035002f00ff01000052000b000403000102000a000c000a001d0017001e0019001800"
      "2300000016000000170000000d002a0028040305030603080708080809080a080b080408050806040105"
      "010601030303010302040205020602");
  const auto found = read(message);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->ja4_text(), "t12i280600_d943125447b4_e7e480e5a997");
  EXPECT_FALSE(found->offers_http2);
  EXPECT_FALSE(found->offers_tls13);
  EXPECT_FALSE(found->has_grease);
  for (std::size_t size = 0; size < message.size(); ++size)
    EXPECT_FALSE(read(std::string_view(message).substr(0, size))) << size;
}

TEST(ClientHello, StaysTheSameInAnotherOrder) {
  auto extensions = chrome_extensions();
  std::ranges::reverse(extensions);
  EXPECT_EQ(ja4_of(hello_of(kChromeCiphers, extensions)), "t13d1516h2_8daaf6152771_e5627efa2ab1");
  extensions.push_back({0x0029, ""});  // a session that is resumed
  EXPECT_TRUE(ja4_of(hello_of(kChromeCiphers, extensions)).starts_with("t13d1517h2_8daaf6152771_"));
}

TEST(ClientHello, TellsProtocolsByTheirEnds) {
  const auto protocol = [](const std::string& name) {
    return ja4_of(hello_of("", {{0x0010, protocols({name})}})).substr(8, 2);
  };
  EXPECT_EQ(protocol("h2"), "h2");
  EXPECT_EQ(protocol("http/1.1"), "h1");
  EXPECT_EQ(protocol("x"), "xx");
  EXPECT_EQ(protocol("\xAB\xCD"), "ad");
  EXPECT_EQ(protocol("0\xAB"), "3b");
  EXPECT_EQ(ja4_of(hello_of("", {{0x0010, ""}})).substr(8, 2), "00");
}

TEST(ClientHello, CountsUpToNinetyNine) {
  std::string ciphers;
  for (unsigned i = 0; i < 400; ++i) ciphers += number(i, 2);
  EXPECT_TRUE(ja4_of(hello_of(ciphers, {})).starts_with("t12i990000_"));
}

TEST(ClientHello, HasAFormWithoutAnything) {
  EXPECT_EQ(ja4_of(hello_of("", {})), "t12i000000_000000000000_000000000000");
  EXPECT_EQ(ja4_of(hello_of("", {}, 0x0301)).substr(0, 3), "t10");
  EXPECT_EQ(ja4_of(hello_of("", {}, 0x9999)).substr(0, 3), "t00");
}

TEST(ClientHello, IsNothingElse) {
  EXPECT_FALSE(read(""));
  std::string other = hello_of(kChromeCiphers, {});
  other[0] = 2;
  EXPECT_FALSE(read(other));
}

}  // namespace
}  // namespace gatehouse::net
