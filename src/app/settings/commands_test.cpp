// check, init, the files made from the table, and the secret that development makes.
#include "gatehouse/settings/commands.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "gatehouse/base/random.hpp"
#include "settings_test_support.hpp"

namespace gatehouse::settings {
namespace {

TEST(Check, PrintsEverySettingWithItsSource) {
  const auto result = check(load_environment({{"GATEHOUSE_WORKERS", "3"}}));
  EXPECT_EQ(result.exit_code, 0);
  for (const auto& setting : all_settings()) {
    if (setting.status == Status::kLater) continue;
    EXPECT_NE(result.text.find("\n" + std::string(setting.key) + " "), std::string::npos);
  }
  EXPECT_NE(result.text.find("environment GATEHOUSE_WORKERS"), std::string::npos);
  EXPECT_NE(result.text.find("made at the start"), std::string::npos);
  EXPECT_NE(result.text.find("Everything is in order."), std::string::npos);
}

TEST(Check, FailsOnWhatStopsTheStartAndNamesTheUnsafe) {
  const auto result = check(load_environment({{"LOG_LEVEL", "loud"}, {"SESSION_SECRET", "dev"}}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.text.find("What stops the start:\n  log.level: LOG_LEVEL"), std::string::npos);
  EXPECT_NE(result.text.find("What is not safe"), std::string::npos);
}

// Whatever secret is set wherever, well or badly, no piece of it is printed.
TEST(Check, NeverPrintsASecret) {
  SecureRandom random;
  for (int round = 0; round < 200; ++round) {
    FakeEnvironment environment;
    FakeFiles files;
    std::vector<std::string> secrets;
    std::string toml;
    const auto make = [&] {
      // Some are broken by a control character.
      secrets.push_back(random_token(random, 18) + (random.below(4) == 0 ? "\x01" : "") +
                        random_token(random, 18));
      return secrets.back();
    };
    for (const auto& setting : all_settings()) {
      if (!setting.is_secret()) continue;
      const std::string prefix = setting.type == Type::kApiKeys && random.below(2) == 0 ? "a:" : "";
      const std::string name(setting.environment[random.below(2)].name);
      switch (random.below(4)) {
        case 0:
          environment.set(name, prefix + make());
          break;
        case 1:
          environment.set(name + "_FILE", "/secret/" + name);
          files.set("/secret/" + name, prefix + make() + "\n");
          break;
        case 2:
          toml += std::string(setting.key) + " = \"" + prefix + make() + "\"\n";
          break;
        default:
          break;
      }
    }
    // Put by mistake where no secret belongs.
    if (round % 3 == 0) environment.set("OPENAI_BASE_URL", "https://me:" + make() + "@example.com");
    if (round % 5 == 0) toml += "secret = " + make() + "\n";
    files.set("gatehouse.toml", toml);
    const auto text = check(load(environment, files, {})).text;
    for (const auto& secret : secrets) {
      for (std::size_t at = 0; at + 12 <= secret.size(); at += 4) {
        ASSERT_EQ(text.find(secret.substr(at, 12)), std::string::npos) << text;
      }
    }
  }
}

TEST(Check, PrintsNoControlCharacters) {
  const FakeEnvironment environment{{"GATEHOUSE_CONFIG", "\x1B]0;x\x07"},
                                    {"GATEHOUSE_LISTEN", "\x1B[2J"}};
  const auto result =
      check(load(environment, FakeFiles{{"x", "\"\\u001b[2J\" = 1"}}, {{"\x1B", ""}}));
  for (const char c : result.text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}

TEST(Init, WritesAFileThatStarts) {
  FakeFiles files;
  SecureRandom random;
  const auto result = init("gatehouse.toml", files, random);
  EXPECT_EQ(result.exit_code, 0);
  const auto loaded = load(FakeEnvironment(), files, {});
  EXPECT_TRUE(loaded.can_start());
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.settings.session.secret.size(), 48U);
  EXPECT_EQ(result.text.find(loaded.settings.session.secret.reveal()), std::string::npos);
}

TEST(Init, NeverOverwrites) {
  FakeFiles files{{"gatehouse.toml", "mine"}};
  SecureRandom random;
  const auto result = init("gatehouse.toml", files, random);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.text.find("not touched"), std::string::npos);
  EXPECT_EQ(files.read("gatehouse.toml")->text, "mine");
}

TEST(ExampleToml, LoadsAsItIsAndWithEachLineUncommented) {
  const auto example = settings_toml_example();
  EXPECT_TRUE(load_toml(example).problems.empty());
  std::istringstream lines(example);
  std::size_t settings = 0;
  std::string before;
  for (std::string line; std::getline(lines, line); before += line + "\n") {
    const auto equals = line.find(" = ");
    const bool is_setting =
        line.starts_with("# ") && equals != std::string::npos && line.find(' ', 2) == equals;
    if (!is_setting) continue;
    ++settings;
    const auto loaded = load_toml(before + line.substr(2) + "\n");
    for (const auto& problem : loaded.problems) {
      const bool is_about_text = problem.message.find("gatehouse.toml:") != std::string::npos;
      EXPECT_FALSE(is_about_text) << line << ": " << problem.message;
    }
  }
  EXPECT_GT(settings, 50U);
}

TEST(ExampleFiles, NameEverySetting) {
  const auto markdown = settings_markdown();
  const auto environment = env_example();
  for (const auto& setting : all_settings()) {
    for (const auto& [name, part] : setting.environment) {
      if (name.empty()) continue;
      EXPECT_NE(markdown.find("`" + std::string(name) + "`"), std::string::npos) << name;
      if (setting.status == Status::kLater) continue;
      EXPECT_NE(environment.find(name), std::string::npos) << name;
    }
  }
}

TEST(SessionSecret, IsMadeOnceInDevelopmentAndNeverTold) {
  FakeFiles files;
  SecureRandom random;
  auto first = load(FakeEnvironment(), files, {});
  const auto told = provide_session_secret(first, files, random);
  ASSERT_TRUE(told.has_value());
  EXPECT_NE(told->find("./data/session.secret"), std::string::npos);
  const std::string secret(first.settings.session.secret.reveal());
  EXPECT_EQ(secret.size(), 43U);
  EXPECT_EQ(told->find(secret), std::string::npos);
  EXPECT_EQ(entry_of(first, "session.secret").source,
            "made for development, ./data/session.secret");
  EXPECT_NE(check(first).text.find("set (43 characters)"), std::string::npos);

  auto second = load(FakeEnvironment(), files, {});
  ASSERT_TRUE(provide_session_secret(second, files, random).has_value());
  EXPECT_EQ(second.settings.session.secret.reveal(), secret);
}

TEST(SessionSecret, IsLeftAloneWhenSet) {
  FakeFiles files;
  SecureRandom random;
  auto loaded = load_environment({{"SESSION_SECRET", kGoodSecret}});
  EXPECT_EQ(provide_session_secret(loaded, files, random).value(), "");
  EXPECT_FALSE(files.exists("./data/session.secret"));
}

TEST(SessionSecret, IsNeverMadeInProduction) {
  FakeFiles files;
  SecureRandom random;
  auto loaded = load_environment({{"GATEHOUSE_ENV", "production"}});
  EXPECT_FALSE(provide_session_secret(loaded, files, random).has_value());
  EXPECT_FALSE(files.exists("./data/session.secret"));
}

TEST(SessionSecret, RefusesAFileThatIsSpoiltOrOpenToOthers) {
  SecureRandom random;
  FakeFiles files{{"./data/session.secret", "short"}};
  auto loaded = load_environment({});
  EXPECT_FALSE(provide_session_secret(loaded, files, random).has_value());
  files.set("./data/session.secret", kGoodSecret);
  files.open_to_others("./data/session.secret");
  EXPECT_FALSE(provide_session_secret(loaded, files, random).has_value());
}

TEST(SessionSecret, TellsWhenItCannotBeKept) {
  SecureRandom random;
  FakeFiles files;
  files.is_read_only = true;
  auto loaded = load_environment({});
  const auto result = provide_session_secret(loaded, files, random);
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().client_message.find("read-only"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::settings
