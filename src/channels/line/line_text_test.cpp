#include "line_text.hpp"

#include <gtest/gtest.h>
#include <unicode/ubrk.h>
#include <unicode/ustring.h>

#include <random>
#include <set>
#include <string>

namespace gatehouse::channels::line {
namespace {

TEST(PlainText, TakesTheMarksAway) {
  EXPECT_EQ(plain_text("# Title #\n\nSome **bold**, *slanted* and `code`."),
            "Title\n\nSome bold, slanted and code.");
  EXPECT_EQ(plain_text("- one\n* two\n  + three\n1. four"), "• one\n• two\n  • three\n1. four");
  EXPECT_EQ(plain_text("> quoted\n\n---\nrest"), "quoted\n\nrest");
  EXPECT_EQ(plain_text("```js\na * b_c_ # d\n```\nend"), "a * b_c_ # d\nend");
  EXPECT_EQ(plain_text("~~gone~~ __kept__ \\*star\\*"), "gone kept *star*");
}

TEST(PlainText, KeepsAddressesOfLinks) {
  EXPECT_EQ(plain_text("See [the **guide**](https://a.example/b \"t\")."),
            "See the guide (https://a.example/b).");
  EXPECT_EQ(plain_text("[https://a.example](https://a.example)"), "https://a.example");
  EXPECT_EQ(plain_text("![A cat](https://a.example/c.png) [top](#top)"),
            "A cat (https://a.example/c.png) top");
}

TEST(PlainText, LeavesAloneWhatIsNoMark) {
  for (const std::string text :
       {"2 * 3 = 6", "2*3*4", "snake_case_name", "a [1] and [2]", "50 % - a dash", "#hashtag",
        "5 > 3 and 2 < 4", "it costs 5*", "`open", "[half](", "C# and F#", "~ about ~"})
    EXPECT_EQ(plain_text(text), text);
}

TEST(SourceLines, NameWhatTheTextNumbers) {
  EXPECT_EQ(source_lines({}), "");
  EXPECT_EQ(source_lines({{.number = 1, .file = "a.md", .title = "Guide", .heading = "Limits"},
                          {.number = 2, .file = "b.md"}}),
            "\n\n[1] Guide › Limits\n[2] b.md");
}

TEST(SplitText, LeavesShortTextsWhole) {
  EXPECT_TRUE(split_text("", 10).empty());
  EXPECT_EQ(split_text("hello", 5), std::vector<std::string>{"hello"});
}

TEST(SplitText, PrefersTheNicerEnd) {
  using Pieces = std::vector<std::string>;
  EXPECT_EQ(split_text("aaa bbb\n\nccc ddd eee", 14), (Pieces{"aaa bbb\n\n", "ccc ddd eee"}));
  EXPECT_EQ(split_text("One is here. Two is there, too.", 20),
            (Pieces{"One is here. ", "Two is there, too."}));
  EXPECT_EQ(split_text("abc def ghi", 6), (Pieces{"abc ", "def ", "ghi"}));
  EXPECT_EQ(split_text("aaaaaaaaaa", 4), (Pieces{"aaaa", "aaaa", "aa"}));
}

TEST(SplitText, CountsUnitsAndKeepsPairsTogether) {
  const std::string smile = "😀";  // two units
  EXPECT_EQ(split_text(smile + smile + smile, 5), (std::vector<std::string>{smile + smile, smile}));
  EXPECT_EQ(split_text(smile, 2), std::vector<std::string>{smile});
}

TEST(SplitText, CutsAClusterOnlyWhereItAloneIsTooLong) {
  std::string cluster = "e";
  for (int i = 0; i < 30; ++i) cluster += "\xCC\x81";
  const auto pieces = split_text(cluster, 10);
  ASSERT_EQ(pieces.size(), 4U);
  EXPECT_EQ(utf16_units(pieces[0]), 10U);
}

std::set<std::size_t> clusters_of(const std::string& text) {
  std::u16string units(text.size() + 1, u'\0');
  std::int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8(units.data(), static_cast<std::int32_t>(units.size()), &length, text.data(),
                static_cast<std::int32_t>(text.size()), &status);
  std::set<std::size_t> borders;
  auto* const iterator = ubrk_open(UBRK_CHARACTER, "", units.data(), length, &status);
  for (auto at = ubrk_first(iterator); at != UBRK_DONE; at = ubrk_next(iterator))
    borders.insert(static_cast<std::size_t>(at));
  ubrk_close(iterator);
  return borders;
}

TEST(SplitText, HoldsForTextsMadeByChance) {
  const std::vector<std::string> graphemes = {"a",
                                              "b",
                                              " ",
                                              " ",
                                              ".",
                                              "\n",
                                              "\n\n",
                                              "\r\n",
                                              "é",
                                              "e\xCC\x81\xCC\xA7",
                                              "世",
                                              "界。",
                                              "😀",
                                              "👩‍👩‍👧",
                                              "🇩🇪",
                                              "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
                                              "नि",
                                              "각",
                                              "x\xE2\x80\x8D",
                                              "- "};
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    const auto count = random() % 200;
    for (unsigned i = 0; i < count; ++i) text += graphemes[random() % graphemes.size()];
    const std::size_t limit = 16 + random() % 60;
    const auto borders = clusters_of(text);
    std::string joined;
    std::size_t units = 0;
    for (const auto& piece : split_text(text, limit)) {
      EXPECT_FALSE(piece.empty());
      EXPECT_LE(utf16_units(piece), limit);
      joined += piece;
      units += utf16_units(piece);
      EXPECT_TRUE(borders.contains(units)) << "within a cluster at " << units << " of " << text;
    }
    EXPECT_EQ(joined, text);
  }
}

TEST(CutText, SaysThatThereWasMore) {
  EXPECT_EQ(cut_text("short", 10, " (more)"), "short");
  const auto cut = cut_text("one two three four five six", 20, " (more)");
  EXPECT_LE(utf16_units(cut), 20U);
  EXPECT_TRUE(cut.ends_with(" (more)"));
  EXPECT_TRUE(cut.starts_with("one two"));
}

}  // namespace
}  // namespace gatehouse::channels::line
