#include "gatehouse/codec/json.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::codec {
namespace {

bool is_read(std::string_view text) {
  JsonReader reader;
  return reader.read(text).has_value();
}

TEST(JsonReader, ReadsOneTextAndNothingBehindIt) {
  EXPECT_TRUE(is_read(R"({"a":[1,2.5,"x",true,null],"b":{"a":1}})"));
  EXPECT_TRUE(is_read(" 1 "));
  EXPECT_TRUE(is_read("0e8000"));
  for (const std::string_view text :
       {"", "{", "{}x", "{} {}", "{'a':1}", "{\"a\":1,}", "// c\n{}", "NaN", "1e400", "01",
        "\"\\ud800\"", "\"\xff\"", "\"\x01\""}) {
    EXPECT_FALSE(is_read(text)) << text;
  }
}

// The view of no text has no memory behind it.
TEST(JsonReader, RefusesTheViewOfNothing) { EXPECT_FALSE(is_read(std::string_view())); }

TEST(JsonReader, RefusesDuplicateMembersAtEveryDepth) {
  EXPECT_FALSE(is_read(R"({"a":1,"a":2})"));
  EXPECT_FALSE(is_read(R"({"x":[{"a":1,"b":2,"a":3}]})"));
  EXPECT_FALSE(is_read(R"({"a":1,"\u0061":2})"));
  EXPECT_TRUE(is_read(R"({"a":{"a":1},"b":{"a":1}})"));
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += "\"m" + std::to_string(i) + "\":1,";
  EXPECT_TRUE(is_read(many + R"("last":1})"));
  EXPECT_FALSE(is_read(many + R"("m57":1})"));
}

TEST(JsonReader, TellsNamesApartThatLookAlike) {
  // They have length, first, middle and last byte in common.
  EXPECT_TRUE(is_read(R"({"a1c3e":1,"a2c4e":2,"other":3})"));
  EXPECT_FALSE(is_read(R"({"a1c3e":1,"other":3,"a2c4e":2,"a1c3e":4})"));
  EXPECT_TRUE(is_read(R"({"":1,"a":2})"));
  EXPECT_FALSE(is_read(R"({"":1,"a":2,"":3})"));
  std::string alike = "{";
  for (int i = 10; i < 40; ++i)
    alike += "\"a" + std::to_string(i) + "c" + std::to_string(i) + "e\":1,";
  EXPECT_TRUE(is_read(alike + R"("last":1})"));
  EXPECT_FALSE(is_read(alike + R"("a23c23e":1})"));
}

TEST(JsonReader, ReadsShortTextsAfterLongOnes) {
  JsonReader reader;
  const std::string long_text = "\"" + std::string(1'000'000, 'x') + "\"";
  for (const std::string_view text : {std::string_view("1"), std::string_view(long_text),
                                      std::string_view("{\"a\":[]}"), std::string_view(long_text)})
    EXPECT_TRUE(reader.read(text)) << text.size();
}

TEST(JsonValue, AnswersWrongQuestionsWithNothing) {
  JsonReader reader;
  const auto value = reader.read(R"({"s":"x","n":-1,"f":1.5,"z":null,"o":{},"a":[1,2]})");
  ASSERT_TRUE(value);
  EXPECT_FALSE((*value)["absent"].exists());
  EXPECT_FALSE((*value)["absent"]["deeper"].is_given());
  EXPECT_TRUE((*value)["z"].exists());
  EXPECT_FALSE((*value)["z"].is_given());
  EXPECT_EQ((*value)["s"].natural(), std::nullopt);
  EXPECT_EQ((*value)["n"].natural(), std::nullopt);
  EXPECT_EQ((*value)["f"].integer(), std::nullopt);
  EXPECT_EQ((*value)["n"].string_or_empty(), "");
  EXPECT_EQ((*value)["a"].size(), 2U);
  std::size_t count = 0;
  for (const auto [name, member] : (*value)["s"].members()) count += name.size();
  for (const JsonValue element : (*value)["absent"].elements()) count += element.size() + 1;
  EXPECT_EQ(count, 0U);
}

TEST(JsonValue, PutsATextInAMembersPlace) {
  JsonReader reader;
  const auto value = reader.read(R"({"a":[1.50,{"model":"x"}],"model":"old","z":null})");
  ASSERT_TRUE(value);
  EXPECT_EQ(with_member(*value, "model", "n\"w"),
            R"({"a":[1.5,{"model":"x"}],"model":"n\"w","z":null})");
  EXPECT_EQ(with_member(*value, "none", "new"),
            R"({"a":[1.5,{"model":"x"}],"model":"old","z":null})");
}

TEST(JsonReader, BoundsDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + "1" + std::string(depth, ']');
  };
  EXPECT_TRUE(is_read(nested(32)));
  EXPECT_FALSE(is_read(nested(33)));
  EXPECT_FALSE(is_read(nested(100'000)));
}

TEST(JsonWriter, WritesWhatIsReadBack) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "\xE2\x82\xAC\xF0\x9F\x98\x80";
  std::string text;
  JsonWriter json(text);
  json.begin_object()
      .member("text", all)
      .member("n", std::uint64_t{18446744073709551615U})
      .member("i", std::int64_t{-5});
  json.key("list")
      .begin_array()
      .boolean(true)
      .null()
      .number(0.5)
      .end_array()
      .key("o")
      .begin_object()
      .end_object()
      .end_object();
  JsonReader reader;
  const auto value = reader.read(text);
  ASSERT_TRUE(value) << text;
  EXPECT_EQ((*value)["text"].string(), all);
  EXPECT_EQ((*value)["n"].natural(), 18446744073709551615U);
  EXPECT_EQ((*value)["i"].integer(), -5);
  EXPECT_EQ((*value)["list"].to_json(), "[true,null,0.5]");
}

}  // namespace
}  // namespace gatehouse::codec
