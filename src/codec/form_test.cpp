#include "gatehouse/codec/form.hpp"

#include <gtest/gtest.h>

namespace gatehouse::codec {
namespace {

using namespace std::string_literals;

TEST(Form, ReadsFieldsAsBrowsersWriteThem) {
  const auto form = FormFields::read("code=a%2Fb&state=x+y&&empty=&bare&n%61me=%C3%A9");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->get("code"), "a/b");
  EXPECT_EQ(form->get("state"), "x y");
  EXPECT_EQ(form->get("empty"), "");
  EXPECT_EQ(form->get("bare"), "");
  EXPECT_EQ(form->get("name"), "\xC3\xA9");
  EXPECT_EQ(form->get("other"), std::nullopt);
  EXPECT_EQ(form->get_or_empty("other"), "");
  EXPECT_TRUE(FormFields::read(""));
}

TEST(Form, RefusesWhatTwoReadersCouldReadDifferently) {
  for (const auto* text : {"a=1&a=2", "a=1&%61=2", "a=%", "a=%2", "a=%zz", "%=1", "a=%00", "a=%FF",
                           "a=%C3", "a=%ED%A0%80"})
    EXPECT_FALSE(FormFields::read(text)) << text;
  EXPECT_FALSE(FormFields::read("a=\0"s));
  EXPECT_FALSE(FormFields::read("a=\xff"));
}

TEST(Form, HasABoundOfFields) {
  std::string text;
  for (std::size_t i = 0; i < FormFields::kMostFields; ++i) text += "&f" + std::to_string(i) + "=";
  EXPECT_TRUE(FormFields::read(text));
  EXPECT_FALSE(FormFields::read(text + "&more="));
}

TEST(Form, WritesWhatItReadsAgain) {
  std::string all;
  for (int c = 1; c < 0x80; ++c) all += static_cast<char>(c);
  all += "\xE2\x82\xAC";
  std::string text;
  append_form_field(text, "first", "a b");
  append_form_field(text, all, all);
  EXPECT_TRUE(text.starts_with("first=a%20b&"));
  const auto form = FormFields::read(text);
  ASSERT_TRUE(form);
  EXPECT_EQ(form->get(all), all);
}

}  // namespace
}  // namespace gatehouse::codec
