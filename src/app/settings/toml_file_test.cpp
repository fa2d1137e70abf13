// gatehouse.toml: types, unknown keys, broken files.
#include "toml_file.hpp"

#include <gtest/gtest.h>

#include <random>

#include "gatehouse/settings/commands.hpp"
#include "settings_test_support.hpp"

namespace gatehouse::settings {
namespace {

TEST(TomlFile, ReadsEveryKindOfValue) {
  const auto loaded = load_toml(
      "debug = true\ncors.origins = [\"https://a.example\", \"https://b.example\"]\n"
      "[server]\nworkers = 1_0\nlisten = '127.0.0.1:81'\n[limits]\npreset = \"line\"\n");
  ASSERT_TRUE(loaded.can_start());
  EXPECT_TRUE(loaded.settings.is_debug);
  EXPECT_EQ(loaded.settings.cors.origins.size(), 2U);
  EXPECT_EQ(loaded.settings.server.workers, 10U);
  EXPECT_EQ(loaded.settings.limits.preset, LimitSettings::Preset::kLine);
}

TEST(TomlFile, KeepsCommasInsideListedTexts) {
  const auto loaded = load_toml("[widget]\nsuggestions = [\"Hello, who | are you?\"]\n");
  ASSERT_EQ(loaded.settings.widget.suggestions.size(), 1U);
  EXPECT_EQ(loaded.settings.widget.suggestions[0], "Hello, who | are you?");
}

TEST(TomlFile, StopsOnUnknownKeysWithTheirLineAndASuggestion) {
  const auto loaded = load_toml("\n[server]\nlisen = \"127.0.0.1:1\"\n[log]\nworkers = 1\n");
  EXPECT_TRUE(stops(loaded, "server.lisen",
                    "gatehouse.toml:3: is not a setting. Did you mean server.listen?"));
  EXPECT_TRUE(stops(loaded, "log.workers", "Did you mean server.workers?"));
  EXPECT_TRUE(stops(load_toml("[sever]\nlisten = \"127.0.0.1:1\"\n"), "sever"));
  EXPECT_TRUE(stops(load_toml("\"server.listen\" = \"127.0.0.1:1\"\n"), "server.listen",
                    "is not a setting"));
  EXPECT_TRUE(stops(load_toml("config = \"x\"\n"), "config", "is not a setting"));
}

TEST(TomlFile, StopsOnValuesOfTheWrongType) {
  EXPECT_TRUE(stops(load_toml("debug = \"true\"\n"), "debug", "without quotes"));
  EXPECT_TRUE(stops(load_toml("data_dir = 5\n"), "data_dir", "in quotes"));
  EXPECT_TRUE(stops(load_toml("[server]\nworkers = \"5\"\n"), "server.workers", "without quotes"));
  EXPECT_TRUE(stops(load_toml("[server]\nworkers = -5\n"), "server.workers", "from 0 to 1024"));
  EXPECT_TRUE(stops(load_toml("[server]\nhosts = \"a\"\n"), "server.hosts", "list in brackets"));
  EXPECT_TRUE(
      stops(load_toml("[server]\nhosts = [\"a\", 5]\n"), "server.hosts", "texts in quotes"));
  EXPECT_TRUE(stops(load_toml("server = 1\n"), "server"));
  EXPECT_TRUE(stops(load_toml("[server.listen]\nx = 1\n"), "server.listen"));
  EXPECT_TRUE(stops(load_toml("[[server]]\nworkers = 1\n"), "server"));
}

TEST(TomlFile, TakesMoneyAsTextSoThatNoDigitIsLost) {
  const auto micros = [](const std::string& value) {
    return load_toml("[limits]\nmoney_per_day = " + value + "\n")
        .settings.limits.money_micros_per_day;
  };
  EXPECT_EQ(micros("\"2.50\""), 2'500'000U);
  EXPECT_EQ(micros("3"), 3'000'000U);
  EXPECT_TRUE(
      stops(load_toml("[limits]\nmoney_per_day = 2.5\n"), "limits.money_per_day", "in quotes"));
}

TEST(TomlFile, StopsOnBrokenFilesWithTheLine) {
  EXPECT_TRUE(stops(load_toml("debug = true\ndata_dir = \n"), "config", "gatehouse.toml:2:"));
  EXPECT_TRUE(stops(load_toml("debug = true\ndebug = false\n"), "config"));
}

TEST(TomlFile, NeverQuotesASecretOfABrokenFile) {
  for (const auto* line :
       {"secret = Tz81Qq7Ww2\n", "secret = \"Tz81Qq7Ww2\n", "secret = 'Tz81Qq7Ww2",
        "secret = Tz81Qq7Ww2 = 5\n", "secret = 81Tz81Qq7Ww2\n", "secret = \"a\" Tz81Qq7Ww2\n",
        "secret = {Tz81Qq7Ww2}\n", "secret = trueTz81Qq7Ww2\n", "secret = infTz81Qq7Ww2\n"}) {
    const auto loaded = load_toml(std::string("[session]\n") + line);
    ASSERT_FALSE(loaded.can_start()) << line;
    EXPECT_EQ(describe_problems(loaded).find("Tz81"), std::string::npos)
        << describe_problems(loaded);
  }
}

TEST(TomlFile, WarnsOfAFileWithSecretsThatOthersCanRead) {
  FakeFiles files{{"gatehouse.toml", "[session]\nsecret = \"" + kGoodSecret + "\"\n"}};
  EXPECT_EQ(find_problem(load(FakeEnvironment(), files, {}), "config"), nullptr);
  files.open_to_others("gatehouse.toml");
  EXPECT_TRUE(warns(load(FakeEnvironment(), files, {}), "config", "chmod 600 gatehouse.toml"));
}

TEST(TomlFile, SurvivesRandomBytes) {
  std::mt19937 random(7);
  const auto example = settings_toml_example();
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    if (round % 2 == 0) {
      for (std::size_t i = random() % 200; i > 0; --i) text += static_cast<char>(random());
    } else {
      // A piece of a real file with the comment marks and some bytes changed.
      text = example.substr(random() % example.size(), random() % 2000);
      for (auto& c : text) {
        if (c == '#' && random() % 3 == 0) c = ' ';
        if (random() % 100 == 0) c = static_cast<char>(random());
      }
    }
    const auto loaded = load_toml(text);
    EXPECT_EQ(loaded.entries.size(), all_settings().size());
  }
}

}  // namespace
}  // namespace gatehouse::settings
