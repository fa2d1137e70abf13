// Precedence, sources, names that disagree, secrets from files, names of later features.
#include "gatehouse/settings/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fill.hpp"
#include "settings_test_support.hpp"

namespace gatehouse::settings {
namespace {

TEST(Load, NeedsNothingToBegin) {
  const auto loaded = load_environment({});
  EXPECT_TRUE(loaded.can_start());
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.settings.mode, Mode::kDevelopment);
  EXPECT_EQ(loaded.settings.server.listen.to_string(), "127.0.0.1:8080");
  EXPECT_EQ(loaded.settings.session.cookie_name, "chat_session_id");
  EXPECT_EQ(loaded.settings.session.max_age, std::chrono::hours(24));
  EXPECT_EQ(loaded.settings.limits.fail_mode, LimitSettings::FailMode::kLocalShare);
  EXPECT_FALSE(loaded.settings.limits.per_minute);
  EXPECT_FALSE(loaded.settings.openai.is_used());
  EXPECT_EQ(loaded.settings.chat.conversation_lifetime, std::chrono::days(7));
}

TEST(Load, LetsTheEnvironmentWinOverTheFileAndFlagsOverBoth) {
  const FakeFiles files{{"gatehouse.toml",
                         "data_dir = \"/file\"\n[server]\nworkers = 2\n"
                         "listen = \"127.0.0.1:1\"\n"}};
  const FakeEnvironment environment{{"GATEHOUSE_DATA_DIR", "/environment"},
                                    {"GATEHOUSE_WORKERS", "3"}};
  const auto loaded = load(environment, files, {{"--workers", "4"}});
  ASSERT_TRUE(loaded.can_start());
  EXPECT_EQ(loaded.settings.server.listen.port, 1);
  EXPECT_EQ(entry_of(loaded, "server.listen").source, "file gatehouse.toml:4");
  EXPECT_EQ(loaded.settings.data_dir, "/environment");
  EXPECT_EQ(entry_of(loaded, "data_dir").source, "environment GATEHOUSE_DATA_DIR");
  EXPECT_EQ(loaded.settings.server.workers, 4U);
  EXPECT_EQ(entry_of(loaded, "server.workers").source, "flag --workers");
  EXPECT_EQ(entry_of(loaded, "log.level").source, "default");
}

TEST(Load, ReportsAWrongValueUnderOneThatWins) {
  const FakeEnvironment environment{{"GATEHOUSE_WORKERS", "many"}};
  EXPECT_TRUE(stops(load(environment, FakeFiles(), {{"--workers", "4"}}), "server.workers",
                    "GATEHOUSE_WORKERS must be a whole number"));
}

TEST(Load, ReportsAllProblemsAtOnce) {
  const FakeEnvironment environment{
      {"GATEHOUSE_WORKERS", "x"}, {"LOG_LEVEL", "loud"}, {"REDIS_URL", "redis://r"}};
  const auto loaded = load_environment(environment, {{"gatehouse.toml", "nonsense = 1\n"}});
  EXPECT_TRUE(stops(loaded, "server.workers"));
  EXPECT_TRUE(stops(loaded, "log.level"));
  EXPECT_TRUE(stops(loaded, "REDIS_URL"));
  EXPECT_TRUE(stops(loaded, "nonsense"));
}

TEST(Load, ReadsTheFileThatIsNamed) {
  const FakeFiles files{{"a.toml", "data_dir = \"/a\""}, {"b.toml", "data_dir = \"/b\""}};
  const FakeEnvironment environment{{"GATEHOUSE_CONFIG", "a.toml"}};
  EXPECT_EQ(load(environment, files, {}).settings.data_dir, "/a");
  EXPECT_EQ(load(environment, files, {{"--config", "b.toml"}}).settings.data_dir, "/b");
}

TEST(Load, StopsWhenTheFileThatIsNamedIsMissing) {
  EXPECT_TRUE(stops(load(FakeEnvironment(), FakeFiles(), {{"--config", "gone.toml"}}), "config",
                    "gone.toml"));
}

TEST(Load, StopsOnAFlagItDoesNotKnow) {
  EXPECT_TRUE(stops(load(FakeEnvironment(), FakeFiles(), {{"--prot", "1"}}), "--prot"));
  EXPECT_TRUE(stops(load(FakeEnvironment(), FakeFiles(), {{"--listen", ""}}), "server.listen"));
}

TEST(Load, TakesEmptyEnvironmentNamesAsNotSet) {
  const auto loaded = load_environment({{"SESSION_SECRET", ""},
                                        {"GATEHOUSE_WORKERS", " "},
                                        {"REDIS_URL", ""},
                                        {"DATABASE_URL", ""}});
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_TRUE(entry_of(loaded, "server.workers").is_default);
}

TEST(Load, TakesHalvesOfTheAddress) {
  EXPECT_EQ(load_environment({{"FLASK_PORT", "5000"}}).settings.server.listen.to_string(),
            "127.0.0.1:5000");
  const auto both = load_environment({{"FLASK_HOST", "localhost"}, {"FLASK_PORT", "5000"}});
  EXPECT_EQ(both.settings.server.listen.to_string(), "127.0.0.1:5000");
  EXPECT_EQ(entry_of(both, "server.listen").source, "environment FLASK_HOST, FLASK_PORT");
  const auto v6 = load_environment({{"FLASK_HOST", "::1"}});
  EXPECT_EQ(v6.settings.server.listen.to_string(), "[::1]:8080");
  const FakeFiles files{{"gatehouse.toml", "[server]\nlisten = \"127.0.0.2:99\""}};
  const auto over_file = load_environment({{"FLASK_PORT", "5000"}}, files);
  EXPECT_EQ(over_file.settings.server.listen.to_string(), "127.0.0.2:5000");
}

TEST(Load, StopsWhenNamesDisagreeAndNamesBoth) {
  const auto host = load_environment({{"GATEHOUSE_LISTEN", "127.0.0.1:1"}, {"FLASK_HOST", "::1"}});
  EXPECT_TRUE(stops(host, "server.listen", "GATEHOUSE_LISTEN and FLASK_HOST"));
  const auto port = load_environment({{"GATEHOUSE_LISTEN", "127.0.0.1:1"}, {"FLASK_PORT", "2"}});
  EXPECT_TRUE(stops(port, "server.listen", "GATEHOUSE_LISTEN and FLASK_PORT"));
  const auto secret = load_environment(
      {{"SESSION_SECRET", kGoodSecret}, {"SESSION_SECRET_KEY", kGoodSecret + "x"}});
  EXPECT_TRUE(stops(secret, "session.secret", "SESSION_SECRET and SESSION_SECRET_KEY"));
  const auto debug = load_environment({{"DEBUG", "1"}, {"FLASK_DEBUG", "0"}});
  EXPECT_TRUE(stops(debug, "debug", "DEBUG and FLASK_DEBUG"));
}

TEST(Load, TakesNamesThatAgree) {
  const auto loaded = load_environment({{"GATEHOUSE_LISTEN", "127.0.0.1:5000"},
                                        {"FLASK_HOST", "localhost"},
                                        {"FLASK_PORT", "5000"},
                                        {"DEBUG", "true"},
                                        {"FLASK_DEBUG", "1"}});
  EXPECT_TRUE(loaded.can_start());
  EXPECT_TRUE(loaded.settings.is_debug);
  EXPECT_EQ(loaded.settings.log.level, telemetry::Level::kDebug);
}

TEST(Load, TakesSecretsFromFiles) {
  const FakeFiles files{{"/run/secrets/session", kGoodSecret + "\r\n"},
                        {"/run/keys", "one:0123-test-abcdefgh\ntwo:9876-test-hgfedcba\n"}};
  const auto loaded = load_environment({{"SESSION_SECRET_KEY_FILE", "/run/secrets/session"},
                                        {"GATEHOUSE_API_KEYS_FILE", "/run/keys"}},
                                       files);
  EXPECT_TRUE(loaded.can_start());
  EXPECT_EQ(loaded.settings.session.secret.reveal(), kGoodSecret);
  EXPECT_EQ(entry_of(loaded, "session.secret").source, "environment SESSION_SECRET_KEY_FILE");
  EXPECT_EQ(loaded.settings.api_keys.reveal(), "one:0123-test-abcdefgh,two:9876-test-hgfedcba");
}

TEST(Load, StopsOnSecretFilesThatAreMissingOrEmptyOrDisagree) {
  const auto missing = load_environment({{"SESSION_SECRET_FILE", "/gone"}});
  EXPECT_TRUE(stops(missing, "SESSION_SECRET_FILE", "/gone"));
  const FakeFiles files{{"/empty", " \n"}, {"/other", kGoodSecret + "y"}, {"/lines", "a\nb"}};
  EXPECT_TRUE(stops(load_environment({{"SESSION_SECRET_FILE", "/empty"}}, files),
                    "SESSION_SECRET_FILE", "is empty"));
  EXPECT_TRUE(stops(
      load_environment({{"SESSION_SECRET", kGoodSecret}, {"SESSION_SECRET_FILE", "/other"}}, files),
      "session.secret", "SESSION_SECRET and SESSION_SECRET_FILE"));
  EXPECT_TRUE(stops(load_environment({{"SESSION_SECRET_FILE", "/lines"}}, files), "session.secret",
                    "line break"));
}

TEST(Load, StopsOnEveryNameOfAFeatureThatIsNotBuiltYet) {
  std::size_t names = 0;
  for (const auto& setting : all_settings()) {
    if (setting.status != Status::kLater) continue;
    for (const auto& [name, part] : setting.environment) {
      if (name.empty()) continue;
      ++names;
      FakeEnvironment environment;
      environment.set(std::string(name), "true");
      EXPECT_TRUE(stops(load_environment(environment), name, "is not built yet"));
    }
    const auto toml = std::string(setting.key) + " = \"x\"\n";
    EXPECT_TRUE(stops(load_toml(toml), setting.key, "is not built yet"));
  }
  EXPECT_EQ(names, 6U);
  EXPECT_TRUE(stops(load_environment({{"REDIS_PASSWORD_FILE", "/x"}}), "REDIS_PASSWORD_FILE"));
}

TEST(Load, TakesWhatTurnsALaterFeatureOff) {
  for (const auto* off : {"false", "False", "0", "off", "no", ""}) {
    EXPECT_TRUE(load_environment({{"USE_REDIS", off}}).problems.empty()) << off;
  }
}

TEST(Load, WarnsOfNamesThatLookLikeOurs) {
  const auto loaded = load_environment({{"GATEHOUSE_DATADIR", "/x"},
                                        {"GATEHOUSE_PORT_8080_TCP_ADDR", "10.0.0.1"},
                                        {"HOME", "/root"}});
  EXPECT_TRUE(warns(loaded, "GATEHOUSE_DATADIR", "GATEHOUSE_DATA_DIR"));
  EXPECT_EQ(loaded.problems.size(), 1U);
}

TEST(Load, AnswersForTheHostsItHas) {
  const auto loaded =
      load_environment({{"GATEHOUSE_LISTEN", "192.0.2.7:443"},
                        {"GATEHOUSE_PUBLIC_URL", "https://Chat.Example.com/"},
                        {"GATEHOUSE_HOSTS", "Other.example.com, [2001:db8::1]:8080"}});
  EXPECT_EQ(loaded.settings.server.public_url, "https://Chat.Example.com");
  EXPECT_THAT(loaded.settings.server.hosts,
              testing::ElementsAre("other.example.com", "[2001:db8::1]:8080", "chat.example.com",
                                   "192.0.2.7", "localhost", "127.0.0.1", "[::1]"));
}

TEST(Load, UsesOpenAiWhenThereIsAKey) {
  const auto loaded = load_environment({{"OPENAI_API_KEY", "sk-test"}});
  EXPECT_EQ(loaded.settings.openai.backend.url, "https://api.openai.com/v1");
  EXPECT_TRUE(load_environment({{"OPENAI_BASE_URL", "http://127.0.0.1:11434/v1/"}})
                  .settings.openai.backend.url.ends_with("/v1"));
}

TEST(Load, GivesLimitsTheirWindowAndFailMode) {
  const auto open =
      load_environment({{"RATE_LIMIT_REQUESTS", "10"}, {"RATE_LIMIT_FAIL_OPEN", "true"}});
  EXPECT_EQ(open.settings.limits.requests, 10U);
  EXPECT_EQ(open.settings.limits.window, std::chrono::seconds(60));
  EXPECT_EQ(open.settings.limits.fail_mode, LimitSettings::FailMode::kOpen);
  EXPECT_TRUE(warns(open, "limits.fail_open"));
  const auto closed =
      load_environment({{"RATE_LIMIT_FAIL_OPEN", "false"}, {"RATE_LIMIT_WINDOW", "9"}});
  EXPECT_EQ(closed.settings.limits.fail_mode, LimitSettings::FailMode::kClosed);
  EXPECT_TRUE(warns(closed, "limits.window_s"));
  EXPECT_EQ(load_environment({{"GATEHOUSE_LIMITS_PRESET", "ai-api"}}).settings.limits.preset,
            LimitSettings::Preset::kAiApi);
}

TEST(Load, TakesLimitsOfTokensUpToTheirMost) {
  const auto none = load_environment({}).settings.limits;
  EXPECT_EQ(none.tokens_per_minute + none.tokens_per_day + none.site_tokens_per_day, 0U);
  EXPECT_EQ(none.tokens_reserved, 1000U);
  const auto most = load_environment({{"GATEHOUSE_LIMITS_TOKENS_PER_DAY", "1099511627776"},
                                      {"GATEHOUSE_LIMITS_SITE_TOKENS_PER_DAY", "5000000000"},
                                      {"GATEHOUSE_LIMITS_SITE_PER_MINUTE", "500"}})
                        .settings.limits;
  EXPECT_EQ(most.tokens_per_day, std::uint64_t{1} << 40);
  EXPECT_EQ(most.site_tokens_per_day, 5'000'000'000U);
  EXPECT_EQ(most.site_per_minute, 500U);
}

TEST(Load, TakesMoneyToTheLastDigit) {
  const auto none = load_environment({}).settings.limits;
  EXPECT_EQ(none.money_micros_per_day + none.site_money_micros_per_day, 0U);
  const auto given = load_environment({{"GATEHOUSE_LIMITS_MONEY_PER_DAY", "2.5"},
                                       {"GATEHOUSE_LIMITS_SITE_MONEY_PER_DAY", "20.000001"}})
                         .settings.limits;
  EXPECT_EQ(given.money_micros_per_day, 2'500'000U);
  EXPECT_EQ(given.site_money_micros_per_day, 20'000'001U);
  for (const auto* text : {"2,50", "-1", "1e3", "0.0000001", "much"})
    EXPECT_FALSE(load_environment({{"GATEHOUSE_LIMITS_MONEY_PER_DAY", text}}).can_start()) << text;
}

TEST(Load, FillsEveryRowOfTheTable) {
  EXPECT_THAT(keys_not_filled(load_environment({}).entries), testing::IsEmpty());
}

}  // namespace
}  // namespace gatehouse::settings
