#include "gatehouse/extract/extractor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gatehouse/extract/reply_codec.hpp"

namespace gatehouse::extract {
namespace {

using knowledge::kHtmlType;
using knowledge::kMarkdownType;
using ::testing::HasSubstr;

std::string repeat(std::string_view piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

class Child : public ::testing::Test {
 protected:
  SystemClock clock_;
  Extractor extractor_{GATEHOUSE_EXTRACT_PROGRAM, clock_};

  // Ends in the way `what` names.
  Result<knowledge::ExtractedDocument> bad(std::string_view what,
                                           Duration deadline = Extractor::kDeadline) {
    return Extractor(GATEHOUSE_BAD_CHILD, clock_, deadline).parse(what, "x");
  }
};

TEST_F(Child, ReadsADocument) {
  const auto document = extractor_.parse(kMarkdownType, "# Hi 😀\n\nText.\n");
  ASSERT_TRUE(document.has_value()) << document.error().for_log();
  EXPECT_EQ(document->title, "Hi 😀");
  EXPECT_EQ(document->text, "# Hi 😀\n\nText.\n");
  EXPECT_EQ(document->blocks.size(), 2U);
}

TEST_F(Child, TellsWhyItRefuses) {
  const auto document = extractor_.parse(kMarkdownType, "\xFF");
  ASSERT_FALSE(document.has_value());
  EXPECT_THAT(document.error().client_message, HasSubstr("not UTF-8"));
}

// Each of these either gives a document or a reason; the next document is read as if nothing had
// been.
TEST_F(Child, SurvivesHostileDocuments) {
  const std::vector<std::pair<std::string_view, std::string>> hostile = {
      {kMarkdownType, repeat(">", 100'000)},
      {kMarkdownType, repeat("[", 100'000)},
      {kMarkdownType, repeat("- ", 50'000) + "x"},
      {kMarkdownType, repeat("*a_", 50'000)},
      {kMarkdownType, repeat("`", 100'000)},
      {kMarkdownType, repeat("[a](", 50'000)},
      {kMarkdownType, repeat("<a ", 50'000)},
      {kMarkdownType, repeat("|", 100'000) + "\n" + repeat("|-", 50'000)},
      {kMarkdownType, std::string(8u << 20, 'x')},
      {kMarkdownType, repeat("# x\n\n", 1'000'000)},
      {kHtmlType, repeat("<div>", 20'000)},
      {kHtmlType, repeat("<table><tr><td>", 20'000)},
      {kHtmlType, repeat("<b><p>", 5'000)},
      {kHtmlType, repeat("&nbsp;", 500'000)},
      {kHtmlType, "<a " + repeat("b=c ", 100'000) + ">x"},
      {kHtmlType, std::string(8u << 20, '<')},
  };
  for (const auto& [type, bytes] : hostile) {
    const auto document = extractor_.parse(type, bytes);
    if (!document) EXPECT_FALSE(document.error().client_message.empty());
  }
  EXPECT_TRUE(extractor_.parse(kMarkdownType, "fine").has_value());
}

TEST_F(Child, RefusesWhatIsTooLargeWithoutStarting) {
  Extractor nowhere("/nowhere", clock_);
  const auto document =
      nowhere.parse(kMarkdownType, std::string(knowledge::kMaxDocumentBytes + 1, 'x'));
  EXPECT_EQ(document.error().code, ErrorCode::kTooLarge);
}

TEST_F(Child, SaysWhenItIsMissing) {
  Extractor nowhere("/nowhere", clock_);
  const auto document = nowhere.parse(kMarkdownType, "x");
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(document.error().log_message, HasSubstr("No such file"));
}

TEST_F(Child, IsKilledWhenItHangs) {
  const auto document = bad("hangs", std::chrono::milliseconds(100));
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().code, ErrorCode::kDeadlineExceeded);
}

TEST_F(Child, CostsOneDocumentWhenItCrashes) {
  EXPECT_THAT(bad("crashes").error().client_message, HasSubstr("crashed"));
}

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
TEST_F(Child, MayOpenNothing) {
  EXPECT_THAT(bad("opens").error().client_message, HasSubstr("was stopped"));
}
#endif

TEST_F(Child, IsNotBelievedWhenItTalksNonsense) {
  EXPECT_EQ(bad("garbage").error().code, ErrorCode::kInternal);
  EXPECT_EQ(bad("silent").error().code, ErrorCode::kUnsupportedMedia);
  EXPECT_EQ(bad("floods").error().code, ErrorCode::kTooLarge);
}

TEST(Reply, RefusesWhatDoesNotFitItsText) {
  knowledge::ExtractedDocument document;
  document.text = "abc 😀";
  document.blocks.push_back({.kind = knowledge::BlockKind::kParagraph, .start = 0, .end = 5});
  EXPECT_TRUE(decode_reply(encode_reply(document)).has_value());
  document.blocks[0].end = 6;
  EXPECT_FALSE(decode_reply(encode_reply(document)).has_value());
  document.blocks[0] = {.kind = knowledge::BlockKind::kParagraph, .start = 3, .end = 3};
  EXPECT_FALSE(decode_reply(encode_reply(document)).has_value());
  document.blocks.clear();
  document.text = "\xFF";
  EXPECT_FALSE(decode_reply(encode_reply(document)).has_value());
  document.text = "fine";
  const auto whole = encode_reply(document);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    EXPECT_FALSE(decode_reply(whole.substr(0, cut)).has_value());
  }
  EXPECT_FALSE(decode_reply(whole + "x").has_value());
}

}  // namespace
}  // namespace gatehouse::extract
