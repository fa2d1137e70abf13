#include "gatehouse/chat/asker.hpp"

#include <gtest/gtest.h>

namespace gatehouse::chat {
namespace {

std::string language_of(std::string_view header) {
  return asker_of(Principal{}, "web", header).language;
}

TEST(Asker, LikesItsFirstLanguageBest) {
  EXPECT_EQ(language_of("de-AT,de;q=0.9,en;q=0.5"), "de-AT");
  EXPECT_EQ(language_of(" en ;q=1"), "en");
  EXPECT_EQ(language_of(""), "");
}

TEST(Asker, HasNoLanguageThatIsNone) {
  EXPECT_EQ(language_of("*"), "");
  EXPECT_EQ(language_of("d\ne"), "");
  EXPECT_EQ(language_of(std::string(36, 'a')), "");
}

TEST(Asker, IsOfTheKindThatItsCredentialsSay) {
  Principal principal{.kind = Principal::Kind::kVisitor, .id = "v"};
  EXPECT_EQ(asker_of(principal, "web", "").kind, "visitor");
  EXPECT_EQ(asker_of(principal, "web", "").sender, "visitor:v");
  principal.kind = Principal::Kind::kApiKey;
  EXPECT_EQ(asker_of(principal, "openai", "").kind, "key");
  principal.kind = Principal::Kind::kAccount;
  principal.role = gatehouse::Role::kAnalyst;
  EXPECT_EQ(asker_of(principal, "web", "").kind, "analyst");
}

}  // namespace
}  // namespace gatehouse::chat
