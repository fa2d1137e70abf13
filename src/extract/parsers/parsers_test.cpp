#include "gatehouse/extract_parsers/parsers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "gatehouse/base/text.hpp"

namespace gatehouse::extract {
namespace {

using knowledge::Block;
using knowledge::ExtractedDocument;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string slice(const ExtractedDocument& document, const Block& block) {
  const auto from = utf8_offset(document.text, block.start);
  return document.text.substr(from, utf8_offset(document.text, block.end) - from);
}

ExtractedDocument markdown(std::string_view text) {
  auto document = parse_document(knowledge::kMarkdownType, text);
  EXPECT_TRUE(document.has_value());
  return document ? *document : ExtractedDocument{};
}

ExtractedDocument html(std::string_view text) {
  auto document = parse_document(knowledge::kHtmlType, text);
  EXPECT_TRUE(document.has_value());
  return document ? *document : ExtractedDocument{};
}

// Each block as "kind level: text".
std::vector<std::string> outline(const ExtractedDocument& document) {
  constexpr std::array<std::string_view, 6> kNames = {"h", "p", "li", "code", "table", "quote"};
  std::vector<std::string> lines;
  for (const auto& block : document.blocks) {
    lines.push_back(std::string(kNames[static_cast<std::size_t>(block.kind)]) +
                    (block.level > 0 ? std::to_string(block.level) : "") + ": " +
                    slice(document, block));
  }
  return lines;
}

TEST(Markdown, FindsBlocksAtTheirPlaces) {
  const auto document = markdown(
      "# Über *uns* 😀\n\nHello **you**,\nwe `are`\nhere.\n\n> quoted\n> text\n\n```sh\nls "
      "-l\n```\n\n"
      "| a | b |\n|---|---|\n| 1 | [x](y) |\n");
  EXPECT_EQ(document.title, "Über uns 😀");
  EXPECT_THAT(outline(document),
              ElementsAre("h1: Über *uns* 😀", "p: Hello **you**,\nwe `are`\nhere.",
                          "quote: quoted\n> text", "code: ```sh\nls -l\n```",
                          "table: | a | b |\n|---|---|\n| 1 | [x](y) |"));
}

TEST(Markdown, BeginsQuotesBeforeTheirMarkup) {
  EXPECT_THAT(outline(markdown("**Note** well.\n\n[Link](http://x.y) first.\n\n`code` first.\n")),
              ElementsAre("p: **Note** well.", "p: [Link](http://x.y) first.", "p: `code` first."));
}

TEST(Markdown, KeepsNestedListsApart) {
  EXPECT_THAT(
      outline(markdown("- one\n  - two **b**\n    1. three\n- [x] done\n\n1. loose\n\n   more\n")),
      ElementsAre("li1: - one", "li2: - two **b**", "li3: 1. three", "li1: - [x] done",
                  "li1: 1. loose", "li1: more"));
}

TEST(Markdown, KeepsCarriageReturns) {
  EXPECT_THAT(
      outline(markdown("# A\r\n\r\nOne\r\ntwo.\r\n\r\n```\r\nx\r\ny\r\n```\r\n\r\n- a\r\n- b\r\n")),
      ElementsAre("h1: A", "p: One\r\ntwo.", "code: ```\r\nx\r\ny\r\n```", "li1: - a", "li1: - b"));
}

TEST(Markdown, TakesCodeOfAllKinds) {
  EXPECT_THAT(
      outline(markdown(
          "    indented\n    code\n\n~~~\ntilde\n~~~\n\n- item\n\n  ```c\n  int x;\n  ```\n")),
      ElementsAre("code:     indented\n    code", "code: ~~~\ntilde\n~~~", "li1: - item",
                  "code: ```c\n  int x;\n  ```"));
  EXPECT_THAT(outline(markdown("```\nnever closed\n")), ElementsAre("code: ```\nnever closed"));
}

TEST(Markdown, SkipsHtmlAndFrontMatter) {
  const auto document =
      markdown("---\ntitle: \"My page\"\ntags: x\n---\n# Head\n\n<div>no</div>\n\nYes.\n");
  EXPECT_EQ(document.title, "My page");
  EXPECT_THAT(outline(document), ElementsAre("h1: Head", "p: Yes."));
}

TEST(Markdown, UsesSetextHeadings) {
  const auto document = markdown("Title\n=====\n\nPart\n----\n\nText.\n");
  EXPECT_EQ(document.blocks[0].level, 1);
  EXPECT_EQ(document.blocks[1].title, "Part");
}

TEST(Markdown, TextIsTheFileWithoutItsByteOrderMark) {
  EXPECT_EQ(markdown("\xEF\xBB\xBF# A\r\n").text, "# A\r\n");
}

TEST(PlainText, HasParagraphsAndUnderlinedHeadings) {
  auto document =
      parse_document(knowledge::kPlainTextType, "Title\n=====\nOne\ntwo.  \n\n\nThree 😀.\r\n");
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->title, "Title");
  EXPECT_THAT(outline(*document), ElementsAre("h1: Title", "p: One\ntwo.", "p: Three 😀."));
}

TEST(Html, ShowsWhatAReaderSees) {
  const auto document = html(
      "<!doctype html><title>The &amp; title</title><style>x{}</style><nav>menu</nav>"
      "<h1>Head</h1><p>One <b>bold</b>&nbsp;word &lt;x&gt;.<br>Next "
      "line.</p><script>alert(1)</script>"
      "<p hidden>no</p><div aria-hidden=true>no</div><p style='display: none'>no</p>"
      "<ul><li>a<ul><li>b</ul><li>c</ul><blockquote><p>said</blockquote><pre>\n  x\n  y\n</pre>");
  EXPECT_EQ(document.title, "The & title");
  EXPECT_THAT(outline(document),
              ElementsAre("h1: Head", "p: One bold word <x>.\nNext line.", "li1: a", "li2: b",
                          "li1: c", "quote: said", "code:   x\n  y"));
  EXPECT_THAT(document.text, Not(HasSubstr("alert")));
  EXPECT_THAT(document.text, Not(HasSubstr("no")));
}

TEST(Html, WritesTablesRowByRow) {
  EXPECT_THAT(
      outline(html("<table><caption>Fees</caption><tr><th>what<th>fee<tr><td>x<td></table>")),
      ElementsAre("p: Fees", "table: what\tfee\nx\t-"));
}

TEST(Html, ReadsThroughLayoutTables) {
  EXPECT_THAT(outline(html("<table><tr><td><h2>A</h2><p>b</p></td><td>c</td></table>")),
              ElementsAre("h2: A", "p: b", "p: c"));
}

TEST(Documents, RefusesWhatIsNoText) {
  for (const auto type :
       {knowledge::kMarkdownType, knowledge::kPlainTextType, knowledge::kHtmlType}) {
    for (const std::string& bytes : {std::string("\xFF\xFE"), std::string("a\xC3"),
                                     std::string("\xED\xA0\x80"), std::string("a\0b", 3)}) {
      EXPECT_FALSE(parse_document(type, bytes).has_value());
    }
    EXPECT_THAT(parse_document(type, "")->blocks, IsEmpty());
  }
  EXPECT_FALSE(parse_document("application/pdf", "x").has_value());
}

// Whatever the text: blocks are in order, inside the text and not empty.
TEST(Documents, KeepBlocksInOrder) {
  constexpr std::array<std::string_view, 20> kPieces = {"# ",
                                                        "\n",
                                                        "\n\n",
                                                        "- ",
                                                        "> ",
                                                        "```\n",
                                                        "| a | b |\n|-|-|\n",
                                                        "**",
                                                        "`",
                                                        "[x](y)",
                                                        "1. ",
                                                        "    ",
                                                        "text ",
                                                        "日本 ",
                                                        "😀",
                                                        "\r\n",
                                                        "<b>",
                                                        "</li><li>",
                                                        "<table><tr><td>",
                                                        "&amp;"};
  unsigned seed = 1;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (int i = 0; i < 24; ++i) {
      seed = seed * 1664525 + 1013904223;
      text += kPieces[(seed >> 16) % kPieces.size()];
    }
    for (const auto type :
         {knowledge::kMarkdownType, knowledge::kPlainTextType, knowledge::kHtmlType}) {
      const auto document = parse_document(type, text);
      ASSERT_TRUE(document.has_value());
      std::uint64_t last = 0;
      for (const auto& block : document->blocks) {
        ASSERT_GE(block.start, last) << text;
        ASSERT_LT(block.start, block.end) << text;
        ASSERT_FALSE(trim(slice(*document, block)).empty()) << text;
        last = block.end;
      }
      ASSERT_LE(last, scan_utf8(document->text).characters);
      if (type != knowledge::kHtmlType) ASSERT_EQ(document->text, text);
    }
  }
}

}  // namespace
}  // namespace gatehouse::extract
