// Secrets from references and folders, and what is kept of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gatehouse/settings/commands.hpp"
#include "gatehouse/settings/kept_secrets.hpp"
#include "settings_test_support.hpp"

namespace gatehouse::settings {
namespace {

using testing::ElementsAre;

// Answers by how a reference is shown, and remembers what it was asked.
class FakeSources final : public SecretSources {
 public:
  Result<Secret> look_up(const SecretReference& reference, const VaultAccess& vault) override {
    asked.push_back(reference.shown());
    access = vault;
    const auto found = texts.find(reference.shown());
    if (found != texts.end()) return Secret(found->second);
    return fail(is_away ? ErrorCode::kUnavailable : ErrorCode::kNotFound, "It is not there.");
  }

  std::map<std::string, std::string> texts;
  std::vector<std::string> asked;
  VaultAccess access;
  bool is_away = false;
};

class References : public testing::Test {
 protected:
  References() {
    sources_.texts["vault secret/data/gatehouse#session"] = kGoodSecret;
    environment_.set("VAULT_ADDR", "https://vault.example:8200");
    environment_.set("VAULT_TOKEN", "hvs-one");
  }
  Loaded load_all(const FakeFiles& files = {}) { return load(environment_, files, {}, &sources_); }
  FakeEnvironment environment_;
  FakeSources sources_;
};

TEST_F(References, OfTheEnvironmentAreReadAndShownWithoutTheSecret) {
  environment_.set("SESSION_SECRET", "vault:secret/gatehouse#session");
  environment_.set("VAULT_NAMESPACE", "team");
  environment_.set("VAULT_CACERT", "/ca.pem");
  const auto loaded = load_all();
  EXPECT_TRUE(loaded.can_start()) << describe_problems(loaded);
  EXPECT_EQ(loaded.settings.session.secret.reveal(), kGoodSecret);
  EXPECT_EQ(entry_of(loaded, "session.secret").source,
            "environment SESSION_SECRET, vault secret/data/gatehouse#session");
  EXPECT_TRUE(loaded.settings.secrets.has_references);
  EXPECT_EQ(sources_.access.address, "https://vault.example:8200");
  EXPECT_EQ(sources_.access.token.reveal(), "hvs-one");
  EXPECT_EQ(sources_.access.vault_namespace, "team");
  EXPECT_EQ(sources_.access.ca_file, "/ca.pem");
  const auto text = check(loaded).text;
  EXPECT_EQ(text.find(kGoodSecret), std::string::npos);
  EXPECT_EQ(text.find("hvs-one"), std::string::npos);
}

TEST_F(References, OfTheFileAreReadUnlessSomethingElseCounts) {
  const FakeFiles files{
      {"gatehouse.toml", "[session]\nsecret = \"vault:secret/gatehouse#session\"\n"}};
  const auto loaded = load_all(files);
  EXPECT_EQ(loaded.settings.session.secret.reveal(), kGoodSecret);
  EXPECT_EQ(entry_of(loaded, "session.secret").source,
            "file gatehouse.toml:2, vault secret/data/gatehouse#session");
  environment_.set("SESSION_SECRET", kGoodSecret + "x");
  sources_.asked.clear();
  EXPECT_EQ(load_all(files).settings.session.secret.reveal(), kGoodSecret + "x");
  EXPECT_TRUE(sources_.asked.empty());
}

TEST_F(References, AreNoSecretsThatAFileMustHide) {
  FakeFiles files{{"gatehouse.toml", "[session]\nsecret = \"vault:secret/gatehouse#session\"\n"}};
  files.open_to_others("gatehouse.toml");
  EXPECT_EQ(find_problem(load_all(files), "config"), nullptr);
}

TEST_F(References, ThatFailStopTheStartWithTheSettingAndTheSource) {
  environment_.set("GATEHOUSE_METRICS_TOKEN", "exec:fetch --pin 1234");
  const auto loaded = load_all();
  EXPECT_TRUE(stops(loaded, "metrics_token", "GATEHOUSE_METRICS_TOKEN: It is not there."));
  environment_.set("GATEHOUSE_METRICS_TOKEN", "exec:");
  EXPECT_TRUE(stops(load_all(), "metrics_token", "names no program"));
}

TEST_F(References, ThatFailAreNotCalledMissingAsWell) {
  environment_.set("GATEHOUSE_ENV", "production");
  environment_.set("SESSION_SECRET", "vault:secret/other#session");
  const auto loaded = load_all();
  EXPECT_TRUE(stops(loaded, "session.secret", "It is not there."));
  EXPECT_FALSE(stops(loaded, "session.secret", "is missing"));
}

TEST_F(References, LeadToSecretsThatMustBeGoodToo) {
  environment_.set("GATEHOUSE_ENV", "production");
  environment_.set("SESSION_SECRET", "vault:secret/gatehouse#session");
  sources_.texts["vault secret/data/gatehouse#session"] = "changeme-changeme-changeme-changeme";
  EXPECT_TRUE(stops(load_all(), "session.secret", "default"));
  sources_.texts["vault secret/data/gatehouse#session"] = "";
  EXPECT_TRUE(stops(load_all(), "session.secret", "is empty"));
  sources_.texts["vault secret/data/gatehouse#session"] = "a\nb";
  EXPECT_TRUE(stops(load_all(), "session.secret", "line break"));
}

TEST_F(References, OfOneSettingMustAgree) {
  environment_.set("SESSION_SECRET", "vault:secret/gatehouse#session");
  environment_.set("SESSION_SECRET_KEY", kGoodSecret);
  EXPECT_TRUE(load_all().can_start());
  environment_.set("SESSION_SECRET_KEY", kGoodSecret + "x");
  EXPECT_TRUE(stops(load_all(), "session.secret", "SESSION_SECRET and SESSION_SECRET_KEY"));
}

TEST_F(References, AreAskedForOnceAndASourceThatIsAwayIsLeftAlone) {
  environment_.set("SESSION_SECRET", "vault:secret/gatehouse#session");
  environment_.set("SESSION_SECRET_KEY", "vault:secret/gatehouse#session");
  load_all();
  EXPECT_THAT(sources_.asked, ElementsAre("vault secret/data/gatehouse#session"));
  environment_.set("GATEHOUSE_METRICS_TOKEN", "vault:secret/other#metrics");
  environment_.set("OPENAI_API_KEY", "exec:fetch");
  sources_ = {};
  sources_.is_away = true;
  EXPECT_TRUE(stops(load_all(), "session.secret"));
  EXPECT_EQ(sources_.asked.size(), 2U) << "one of Vault, one of the program";
}

TEST_F(References, ToVaultNeedItsAddressAndATokenFromElsewhere) {
  environment_.set("SESSION_SECRET", "vault:secret/gatehouse#session");
  environment_.set("VAULT_TOKEN", "vault:secret/gatehouse#token");
  EXPECT_TRUE(stops(load_all(), "vault.token", "can't be in Vault itself"));
  environment_.set("VAULT_TOKEN", "");
  EXPECT_TRUE(stops(load_all(), "session.secret", "set VAULT_TOKEN_FILE"));
  environment_.set("VAULT_TOKEN", "exec:token");
  sources_.texts["exec token"] = "hvs-two";
  EXPECT_TRUE(load_all().can_start());
  EXPECT_EQ(sources_.access.token.reveal(), "hvs-two");
  environment_.set("VAULT_ADDR", "");
  EXPECT_TRUE(stops(load_all(), "session.secret", "set VAULT_ADDR"));
}

TEST_F(References, AreNotFollowedForCommandsThatNeedNoSecret) {
  environment_.set("SESSION_SECRET", "vault:secret/gatehouse#session");
  const auto loaded = load_environment(environment_);
  EXPECT_TRUE(loaded.can_start());
  EXPECT_TRUE(loaded.settings.session.secret.is_empty());
}

TEST_F(References, AreLiteralsWithinAFile) {
  environment_.set("OPENAI_API_KEY_FILE", "/key");
  const auto loaded = load_all({{"/key", "vault:secret/gatehouse#session\n"}});
  EXPECT_EQ(loaded.settings.openai.api_key.reveal(), "vault:secret/gatehouse#session");
  EXPECT_TRUE(sources_.asked.empty());
}

TEST(SecretFolder, HoldsAFileForEachSecretByItsNameOrKey) {
  const FakeFiles files{{"/run/secrets", ""},
                        {"/run/secrets/SESSION_SECRET", kGoodSecret + "\n"},
                        {"/run/secrets/metrics_token", kGoodSecret + "m"},
                        {"/run/secrets/widget.title", "not read"}};
  const auto loaded = load_environment({{"GATEHOUSE_SECRETS_DIR", "/run/secrets"}}, files);
  EXPECT_TRUE(loaded.problems.empty()) << describe_problems(loaded);
  EXPECT_EQ(loaded.settings.session.secret.reveal(), kGoodSecret);
  EXPECT_EQ(entry_of(loaded, "session.secret").source, "environment /run/secrets/SESSION_SECRET");
  EXPECT_EQ(loaded.settings.metrics_token.reveal(), kGoodSecret + "m");
  EXPECT_NE(loaded.settings.widget.title, "not read");
}

TEST(SecretFolder, OfSystemdCountsToo) {
  const FakeFiles files{{"/run/credentials/gatehouse/session.secret", kGoodSecret}};
  const auto loaded =
      load_environment({{"CREDENTIALS_DIRECTORY", "/run/credentials/gatehouse"}}, files);
  EXPECT_EQ(loaded.settings.session.secret.reveal(), kGoodSecret);
}

TEST(SecretFolder, StopsTheStartWhereItDisagreesIsEmptyOrMissing) {
  const FakeFiles files{{"/s", ""}, {"/s/SESSION_SECRET", kGoodSecret}};
  EXPECT_TRUE(
      stops(load_environment(
                {{"GATEHOUSE_SECRETS_DIR", "/s"}, {"SESSION_SECRET", kGoodSecret + "x"}}, files),
            "session.secret", "SESSION_SECRET and /s/SESSION_SECRET"));
  EXPECT_TRUE(stops(load_environment({{"GATEHOUSE_SECRETS_DIR", "/s"}},
                                     {{"/s", ""}, {"/s/OPENAI_API_KEY", " \n"}}),
                    "/s/OPENAI_API_KEY", "is empty"));
  EXPECT_TRUE(stops(load_environment({{"GATEHOUSE_SECRETS_DIR", "/gone"}}), "secrets.directory",
                    "no folder /gone"));
}

TEST(KeptSecrets, AnswerWithWhatTheyHadAndTellOfIt) {
  FakeSources sources;
  KeptSecrets kept(sources);
  const auto reference = *parse_secret_reference("vault:secret/a#b");
  EXPECT_FALSE(kept.look_up(reference, {})) << "nothing is kept yet";
  EXPECT_TRUE(kept.take_failures().empty());
  sources.texts["vault secret/data/a#b"] = "one";
  EXPECT_EQ(kept.look_up(reference, {})->reveal(), "one");
  sources.texts["vault secret/data/a#b"] = "two";
  EXPECT_EQ(kept.look_up(reference, {})->reveal(), "two");
  sources.texts.clear();
  EXPECT_EQ(kept.look_up(reference, {})->reveal(), "two");
  const auto failures = kept.take_failures();
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].reference, "vault secret/data/a#b");
  EXPECT_EQ(failures[0].message, "It is not there.");
  EXPECT_TRUE(kept.take_failures().empty());
}

TEST(LentSecrets, AreNoPlaceholdersInProduction) {
  const auto with = [](const std::string& name, const std::string& text) {
    return load_environment(
        {{"GATEHOUSE_ENV", "production"}, {"SESSION_SECRET", kGoodSecret}, {name, text}});
  };
  EXPECT_TRUE(stops(with("OPENAI_API_KEY", "changeme"), "openai.api_key", "placeholder"));
  EXPECT_TRUE(stops(with("VAULT_TOKEN", "your-secret"), "vault.token", "placeholder"));
  EXPECT_TRUE(stops(with("GATEHOUSE_GUARD_CANARIES", "kx7-canary,changeme"), "guard.canaries"));
  EXPECT_TRUE(with("OPENAI_API_KEY", "none").can_start()) << "as local models want it";
}

}  // namespace
}  // namespace gatehouse::settings
