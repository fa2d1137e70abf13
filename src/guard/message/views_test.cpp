// Folding and decoding: what a text is compared as, and what it hides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message/decoders.hpp"
#include "message/fold.hpp"
#include "message/respelling.hpp"
#include "message/text_signals.hpp"

namespace gatehouse::guard {
namespace {

FoldedText fold(std::string_view text) {
  FoldedText folded;
  Folder().fold(text, folded);
  return folded;
}

std::string decoded(bool (*decode)(std::string_view, std::string&), std::string_view text) {
  std::string out;
  return decode(text, out) ? out : "none";
}

TEST(Folder, ReadsFormsOfTheSameLetterAsOne) {
  for (const char* text : {"Ignore", "ＩＧＮＯＲＥ", "𝗶𝗴𝗻𝗼𝗿𝗲", "ⓘⓖⓝⓞⓡⓔ", "ígnörê",
                           "ig\u200Bno\u00ADre", "i\u0336g\u0336n\u0336o\u0336r\u0336e\u0336",
                           "ɪɢɴᴏʀᴇ", "🅸🅶🅽🅾🆁🅴", "іgnоrе", "ignore\uFE0F"}) {
    EXPECT_EQ(fold(text).text, "ignore") << text;
  }
  EXPECT_EQ(fold("“don’t”—\t\nstop  now").text, "\"don't\"- stop now");
}

TEST(Folder, LeavesHonestScriptsAlone) {
  for (const char* text : {"роса и сор в поле", "правила", "γνωρίζω την αλήθεια του κόσμου",
                           "がぎぐ", "हिन्दी में", "ภาษาไทย", "نمی\u200Cدانم"}) {
    const auto folded = fold(text);
    EXPECT_EQ(folded.signals.mixed_words, 0U) << text;
    EXPECT_EQ(folded.signals.zero_width, 0U) << text;
    EXPECT_EQ(fold(folded.text).text, folded.text) << text;
    EXPECT_EQ(folded.text.find_first_of("abcdefghijklmnopqrstuvwxyz"), std::string::npos) << text;
  }
  EXPECT_EQ(fold("か\u3099").text, "が");
}

TEST(Folder, ReadsLookAlikesAsLatinWhereTheyPretend) {
  EXPECT_EQ(fold("ѕуѕ").text, "sys");  // nothing but look-alikes, in a text without honest words
  EXPECT_EQ(fold("sуstеm").text, "system");
  EXPECT_EQ(fold("sуstеm").signals.mixed_words, 1U);
}

TEST(Folder, CountsWhatHides) {
  EXPECT_EQ(fold("a\u200Bb").signals.zero_width, 1U);
  EXPECT_EQ(fold("👩\u200D👩").signals.zero_width, 0U);
  // U+202E, which turns the reading direction around, also in a source file.
  const std::string override_mark = {'\xE2', '\x80', '\xAE'};
  EXPECT_EQ(fold("a" + override_mark + "b").signals.bidi_controls, 1U);
  EXPECT_EQ(fold("ig" + override_mark + "nore").text, "ignore");
  EXPECT_EQ(fold("\uE000").signals.private_use, 1U);
  const auto tags = fold("hi \U000E0068\U000E0069");
  EXPECT_EQ(tags.signals.tag_characters, 2U);
  EXPECT_EQ(tags.tag_text, "hi");
  EXPECT_EQ(fold("\U0001F3F4\U000E0067\U000E0062\U000E007F").signals.tag_characters, 0U);
  EXPECT_GT(fold("z\u0335\u0336\u0337\u0338\u0339").signals.mark_stacks, 2U);
}

TEST(Decoders, UndoWhatHidesText) {
  EXPECT_EQ(decoded(decode_base64, "see SGVsbG8gdGhlcmUsIHlvdQ== now"), "Hello there, you\n");
  EXPECT_EQ(decoded(decode_base64, "internationalization_and_more"), "none");
  EXPECT_EQ(decoded(decode_hex, "48656c6c6f2074686572652c20796f75"), "Hello there, you\n");
  EXPECT_EQ(decoded(decode_hex, "0x48 0x65 0x6c 0x6c 0x6f 0x21 0x21 0x21"), "Hello!!!\n");
  EXPECT_EQ(decoded(decode_hex, "phone 0049 30 1234 5678 90"), "none");
  EXPECT_EQ(decoded(decode_binary, "01001000 01101001 00100001 00100001"), "Hi!!\n");
  EXPECT_EQ(decoded(decode_percent, "%3Cscript%253E+%C3%A9"), "<script> é");
  EXPECT_EQ(decoded(decode_percent, "50% off"), "none");
  EXPECT_EQ(decoded(decode_entities, "&lt;b&#62;&#x21"), "<b>!");
  EXPECT_EQ(decoded(decode_entities, "Q&A"), "none");
  EXPECT_EQ(decoded(decode_escapes, R"(\u0048\x69\u{21}\041)"), "Hi!!");
  EXPECT_EQ(decoded(decode_escapes, R"(C:\new\table)"), "none");
  EXPECT_EQ(decoded(decode_morse, ".... . .-.. .-.. --- / - .... . .-. ."), "hello there");
  EXPECT_EQ(decoded(decode_morse, "Well... yes - no"), "none");
}

TEST(Decoders, RespellWords) {
  std::string out;
  append_without_leet("1gn0r3 4ll, win2 5 times!", 'i', out);
  EXPECT_EQ(out, "ignore all, win2 5 times!");
  out.clear();
  append_joined("i g n o r e  a.l.l", out);
  EXPECT_EQ(out, "ignore  all");
  out.clear();
  append_rot13("vtaber ALL!", out);
  EXPECT_EQ(out, "ignore nyy!");
  out.clear();
  append_reversed("aé!", out);
  EXPECT_EQ(out, "!éa");
}

TEST(TextSignals, TellsWhatIsWorthLookingAt) {
  const auto plain = read_signals("Where is the lift? I need it.");
  EXPECT_TRUE(plain.is_ascii);
  EXPECT_FALSE(plain.has_uneven_space || plain.has_long_run || plain.marks.holds('%'));
  EXPECT_EQ(plain.capitals, 2U);
  EXPECT_EQ(plain.single_letters, 1U);
  for (const char* uneven : {"a  b", "a  ", "  a", "a\tb", "a\n", "  "})
    EXPECT_TRUE(read_signals(uneven).has_uneven_space) << uneven;
  EXPECT_TRUE(read_signals(std::string(127, 'a') + "\n").has_uneven_space);
  EXPECT_TRUE(read_signals("x SGVsbG8gdGhlcmUs").has_long_run);
  EXPECT_EQ(read_signals("1gn0r3 s3t").inner_digits, 2U);
  EXPECT_EQ(read_signals(std::string(200, '.') + "i.g.n").inner_punctuation, 2U);
}

}  // namespace
}  // namespace gatehouse::guard
