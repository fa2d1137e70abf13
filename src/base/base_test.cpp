#include <gtest/gtest.h>

#include <set>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/hash.hpp"
#include "gatehouse/base/id.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse {
namespace {

TEST(ScanUtf8, CountsCodePointsAndRefusesWhatIsNotWellFormed) {
  EXPECT_EQ(scan_utf8("plain ascii text").characters, 16U);
  EXPECT_EQ(scan_utf8("h\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80").characters, 4U);
  EXPECT_TRUE(scan_utf8(std::string_view("a\0b", 3)).has_nul);
  EXPECT_TRUE(scan_utf8(std::string_view("12345678\0", 9)).has_nul);
  for (const std::string_view bad :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80", "\xE2\x82", "abcdefg\xFF"}) {
    EXPECT_FALSE(scan_utf8(bad).is_valid) << to_hex(bad);
  }
}

TEST(Base64Url, IsReadBackAndCanonical) {
  for (std::size_t length = 0; length < 40; ++length) {
    std::string bytes;
    for (std::size_t i = 0; i < length; ++i) bytes += static_cast<char>(i * 37 + length);
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
  }
  EXPECT_EQ(to_base64url("\xFB\xFF"), "-_8");
  for (const std::string_view bad : {"A", "AA=", "+/8", "-_9", "AAAAA"})
    EXPECT_FALSE(from_base64url(bad)) << bad;
}

TEST(EqualsIgnoringCase, ComparesEveryByteOfEveryLength) {
  const std::string text = "Content-Encoding[Z]{z}";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const std::string own = text.substr(0, length);
    EXPECT_TRUE(equals_ignoring_case(own, to_lower_ascii(own)));
    for (std::size_t i = 0; i < length; ++i) {
      std::string other = own;
      other[i] = '*';
      EXPECT_FALSE(equals_ignoring_case(own, other)) << length << " " << i;
    }
    EXPECT_FALSE(equals_ignoring_case(own, own + "x"));
  }
  EXPECT_FALSE(equals_ignoring_case("header-[", "header-{"));
}

TEST(RandomToken, HoldsAsMuchAsWasAskedForBehindItsPrefix) {
  SecureRandom random;
  for (const std::size_t bytes : {0U, 9U, 18U, 47U, 48U, 49U, 100U}) {
    const std::string token = random_token(random, bytes, "id-");
    ASSERT_TRUE(token.starts_with("id-"));
    const auto raw = from_base64url(std::string_view(token).substr(3));
    ASSERT_TRUE(raw) << bytes;
    EXPECT_EQ(raw->size(), bytes);
  }
}

TEST(ParseU64, TakesDigitsOnly) {
  EXPECT_EQ(parse_u64("18446744073709551615"), UINT64_MAX);
  for (const std::string_view bad : {"", "18446744073709551616", "-1", "+1", " 1", "1 ", "0x1"}) {
    EXPECT_FALSE(parse_u64(bad)) << bad;
  }
}

TEST(MayBecomeUtf8, TellsHalfACharacterFromNone) {
  for (const std::string_view half :
       {"", "\xC3", "\xE0\xA0", "\xED\x9F", "\xF0\x90\x80", "\xF4\x8F"})
    EXPECT_TRUE(may_become_utf8(half)) << to_hex(half);
  for (const std::string_view none :
       {"\x80", "\xC1", "\xF5", "\xE0\x9F", "\xED\xA0", "\xF0\x8F", "\xF4\x90", "\xC3x",
        "\xE2\x82x", "\xF0\x90\x80x", "\xF0\x90\x80\x80"})
    EXPECT_FALSE(may_become_utf8(none)) << to_hex(none);
}

TEST(Base64, IsPaddedAndOfTheFirstAlphabet) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("\xFB\xFF"), "+/8=");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64("f"), "Zg==");
}

TEST(Utf8Offset, FindsCodePoints) {
  const std::string_view text = "a\xE2\x82\xAC\x62";
  EXPECT_EQ(utf8_offset(text, 1), 1U);
  EXPECT_EQ(utf8_offset(text, 2), 4U);
  EXPECT_EQ(utf8_offset(text, 9), text.size());
}

TEST(IpAddress, TakesMappedFormsAsIpv4) {
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1"), IpAddress::parse("192.0.2.1"));
  EXPECT_EQ(IpAddress::parse("192.0.2.1")->to_string(), "192.0.2.1");
  EXPECT_EQ(IpAddress::parse("2001:DB8::1")->to_string(), "2001:db8::1");
  for (const std::string_view bad :
       {"", "1.2.3", "01.2.3.4", "1.2.3.4:80", "[::1]", "fe80::1%eth0"}) {
    EXPECT_FALSE(IpAddress::parse(bad)) << bad;
  }
}

TEST(IpAddress, KnowsAddressesThatAreNotPublic) {
  for (const std::string_view special :
       {"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "::1", "::", "fe80::1", "fd00::1", "64:ff9b::a00:1",
        "2002:a00:1::", "::ffff:127.0.0.1", "::7f00:1", "224.0.0.1"}) {
    EXPECT_TRUE(IpAddress::parse(special)->is_special()) << special;
  }
  for (const std::string_view open :
       {"8.8.8.8", "172.32.0.1", "2606:4700::1111", "64:ff9b::808:808"}) {
    EXPECT_FALSE(IpAddress::parse(open)->is_special()) << open;
  }
}

TEST(IpPrefix, ContainsAndGroupsClients) {
  const auto prefix = *IpPrefix::parse("10.1.0.0/16");
  EXPECT_TRUE(prefix.contains(*IpAddress::parse("10.1.255.255")));
  EXPECT_FALSE(prefix.contains(*IpAddress::parse("10.2.0.0")));
  EXPECT_EQ(prefix.to_string(), "10.1.0.0/16");
  EXPECT_EQ(IpPrefix::of_client(*IpAddress::parse("2001:db8::1")),
            IpPrefix::of_client(*IpAddress::parse("2001:db8::ffff")));
  EXPECT_NE(IpPrefix::of_client(*IpAddress::parse("192.0.2.1")),
            IpPrefix::of_client(*IpAddress::parse("192.0.2.2")));
  for (const std::string_view bad : {"10.0.0.0/33", "::/129", "10.0.0.0/", "x/8"})
    EXPECT_FALSE(IpPrefix::parse(bad)) << bad;
}

TEST(KeyedHash, GivesTheReferenceValue) {
  // SipHash-1-3 with the reference key 00..0f over 00..0e, as other implementations compute it.
  std::string bytes;
  for (char c = 0; c < 15; ++c) bytes += c;
  const auto value = keyed_hash(bytes, 0x0706050403020100, 0x0f0e0d0c0b0a0908);
  EXPECT_EQ(value, keyed_hash(bytes, 0x0706050403020100, 0x0f0e0d0c0b0a0908));
  EXPECT_NE(value, keyed_hash(bytes, 0x0706050403020101, 0x0f0e0d0c0b0a0908));
  EXPECT_NE(value, keyed_hash(bytes.substr(1), 0x0706050403020100, 0x0f0e0d0c0b0a0908));
}

TEST(Ids, AreUuidsOfTheirVersion) {
  SecureRandom random;
  const WallTime now{std::chrono::milliseconds(0x0123456789AB)};
  const std::string id = make_uuid_v7(now, random);
  EXPECT_TRUE(is_uuid(id));
  EXPECT_TRUE(id.starts_with("01234567-89ab-7"));
  EXPECT_NE(id, make_uuid_v7(now, random));
  EXPECT_EQ(make_uuid_v8("0123456789abcdef"), make_uuid_v8("0123456789abcdef"));
  EXPECT_EQ(make_uuid_v8("0123456789abcdef")[14], '8');
  for (const std::string_view bad : {"", "01234567-89ab-7000-8000-0123456789aB", "0123456789ab",
                                     "01234567-89ab-7000-8000-0123456789a-"}) {
    EXPECT_FALSE(is_uuid(bad)) << bad;
  }
}

TEST(Random, DrawsEveryValueBelowABound) {
  SecureRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto value = random.below(7);
    ASSERT_LT(value, 7U);
    seen.insert(value);
  }
  EXPECT_EQ(seen.size(), 7U);
}

TEST(Clock, FormatsTimes) {
  const WallTime time{std::chrono::milliseconds(784'111'777'123)};
  EXPECT_EQ(to_rfc3339(time), "1994-11-06T08:49:37.123Z");
  EXPECT_EQ(to_http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Deadline, IsNeverWidened) {
  const TimePoint now{std::chrono::hours(1)};
  const auto soon = Deadline::after(now, std::chrono::seconds(1));
  EXPECT_EQ(soon.earlier(Deadline::never()).when(), soon.when());
  EXPECT_TRUE(Deadline::after(now, Duration::max()).is_never());
  EXPECT_TRUE(soon.has_passed(now + std::chrono::seconds(1)));
}

TEST(Secret, MovesWithoutLeavingACopy) {
  Secret first("a secret");
  const Secret second = std::move(first);
  EXPECT_EQ(second.reveal(), "a secret");
  EXPECT_TRUE(
      first.is_empty());  // NOLINT(bugprone-use-after-move): what is left behind is what is tested
}

}  // namespace
}  // namespace gatehouse
