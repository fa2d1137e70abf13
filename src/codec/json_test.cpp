#include "gatehouse/codec/json.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::codec {
namespace {

bool is_read(std::string_view text) { return JsonReader().read(text).has_value(); }

TEST(JsonReader, ReadsOneTextAndNothingBehindIt) {
  EXPECT_TRUE(is_read(R"({"a":[1,2.5,"x",true,null],"b":{"a":1}})"));
  EXPECT_TRUE(is_read(" 1 "));
  for (const std::string_view text :
       {"", "{", "{}x", "{} {}", "{'a':1}", "{\"a\":1,}", "// c\n{}", "NaN", "0e8000", "1e400",
        "01", "\"\\ud800\"", "\"\xff\"", "\"\x01\""}) {
    EXPECT_FALSE(is_read(text)) << text;
  }
}

TEST(JsonReader, RefusesDuplicateMembersAtEveryDepth) {
  EXPECT_FALSE(is_read(R"({"a":1,"a":2})"));
  EXPECT_FALSE(is_read(R"({"x":[{"a":1,"b":2,"a":3}]})"));
  EXPECT_FALSE(is_read(R"({"a":1,"\u0061":2})"));
  EXPECT_TRUE(is_read(R"({"a":{"a":1},"b":{"a":1}})"));
}

TEST(JsonReader, BoundsDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
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
  const auto value = JsonReader().read(text);
  ASSERT_TRUE(value) << text;
  const auto& object = value->as_object();
  EXPECT_EQ(object.at("text").as_string(), all);
  EXPECT_EQ(object.at("n").as_uint64(), 18446744073709551615U);
  EXPECT_EQ(object.at("i").as_int64(), -5);
  EXPECT_EQ(boost::json::serialize(object.at("list")), "[true,null,5E-1]");
}

}  // namespace
}  // namespace gatehouse::codec
