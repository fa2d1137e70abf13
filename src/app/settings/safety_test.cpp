// What production refuses, and what development only warns of.
#include "safety.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/random.hpp"
#include "settings_test_support.hpp"

namespace gatehouse::settings {
namespace {

// Behind a proxy, with all that production asks for.
FakeEnvironment production() {
  return {{"GATEHOUSE_LISTEN", "0.0.0.0:8080"},
          {"SESSION_SECRET", kGoodSecret},
          {"TLS_BEHIND_PROXY", "true"},
          {"GATEHOUSE_TRUSTED_PROXIES", "10.0.0.1"},
          {"GATEHOUSE_PUBLIC_URL", "https://chat.example.com"}};
}

Loaded production_with(const std::string& name, const std::string& value) {
  auto environment = production();
  environment.set(name, value);
  return load_environment(environment);
}

TEST(Safety, LetsAWellSetUpProductionStart) {
  const auto loaded = load_environment(production());
  EXPECT_TRUE(loaded.can_start());
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_TRUE(loaded.settings.is_production());
  EXPECT_EQ(entry_of(loaded, "environment").source, "default when listening to other machines");
}

TEST(Safety, DecidesTheEnvironmentByTheAddress) {
  EXPECT_FALSE(load_environment({{"GATEHOUSE_LISTEN", "[::1]:1"}}).settings.is_production());
  EXPECT_FALSE(load_environment({{"GATEHOUSE_LISTEN", "127.9.9.9:1"}}).settings.is_production());
  EXPECT_TRUE(load_environment({{"GATEHOUSE_LISTEN", "[::]:1"}}).settings.is_production());
  EXPECT_TRUE(load_environment({{"GATEHOUSE_ENV", "production"}}).settings.is_production());
  // What can't be read must not relax anything.
  EXPECT_FALSE(load_environment({{"GATEHOUSE_ENV", "prodution"}}).can_start());
}

TEST(Safety, RefusesProductionWithoutASessionSecret) {
  const auto loaded = production_with("SESSION_SECRET", "");
  EXPECT_TRUE(stops(loaded, "session.secret", "is missing"));
}

TEST(Safety, RefusesProductionWithAShortSecret) {
  EXPECT_TRUE(stops(production_with("SESSION_SECRET", "Vq7ZkPx9Lm2RtYb8NcHf5JdWs4GaQ1e"),
                    "session.secret", "has 31 characters"));
  EXPECT_TRUE(stops(production_with("GATEHOUSE_METRICS_TOKEN", "Vq7ZkPx9Lm2"), "metrics_token"));
}

TEST(Safety, RefusesProductionWithADefaultSecret) {
  for (const auto* secret : {
           "changeme",
           "secret",
           "dev",
           "your-secret-key-change-in-production",
           "your-super-secret-jwt-key-here-please",
           "CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE_ME",
           "dev-secret-key-do-not-use-in-production",
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
           "please-replace-this-with-a-long-secret",
           "12345678901234567890123456789012",
           "my_super_secret_key_that_nobody_knows",
       }) {
    EXPECT_TRUE(stops(production_with("SESSION_SECRET", secret), "session.secret", "default"))
        << secret;
  }
  EXPECT_TRUE(stops(production_with("GATEHOUSE_API_KEYS", "app:changeme-changeme"), "api_keys",
                    "the key named app"));
}

TEST(Safety, TakesRandomSecrets) {
  SecureRandom random;
  for (int i = 0; i < 2000; ++i) {
    EXPECT_FALSE(is_well_known_secret(random_token(random, 24)));
  }
  EXPECT_FALSE(is_well_known_secret("4f1c2b7a9d3e8c605f1a2b3c4d5e6f70"));
}

TEST(Safety, OnlyWarnsOfWeakSecretsInDevelopment) {
  const auto loaded = load_environment({{"SESSION_SECRET", "changeme"}});
  EXPECT_TRUE(loaded.can_start());
  EXPECT_TRUE(warns(loaded, "session.secret", "default"));
}

TEST(Safety, RefusesAnyOriginInProduction) {
  auto environment = production();
  environment.set("ALLOWED_ORIGINS", "*");
  environment.set("CORS_ALLOW_CREDENTIALS", "false");
  EXPECT_TRUE(stops(load_environment(environment), "cors.origins", "any website"));
}

TEST(Safety, RefusesAnyOriginWithCredentialsEverywhere) {
  EXPECT_TRUE(stops(production_with("ALLOWED_ORIGINS", "*"), "cors.origins", "credentials"));
  EXPECT_TRUE(stops(load_environment({{"ALLOWED_ORIGINS", "https://a.example,*"}}), "cors.origins",
                    "credentials"));
  const auto without =
      load_environment({{"ALLOWED_ORIGINS", "*"}, {"CORS_ALLOW_CREDENTIALS", "0"}});
  EXPECT_TRUE(without.can_start());
  EXPECT_TRUE(without.settings.cors.allows_any_origin);
  EXPECT_TRUE(warns(without, "cors.origins"));
}

TEST(Safety, RefusesDebugInProduction) {
  EXPECT_TRUE(stops(production_with("FLASK_DEBUG", "1"), "debug"));
  EXPECT_TRUE(load_environment({{"DEBUG", "1"}}).can_start());
}

TEST(Safety, RefusesAPublicAddressWithoutTls) {
  EXPECT_TRUE(stops(production_with("TLS_BEHIND_PROXY", "false"), "server.listen", "without TLS"));
  // On this machine's own address a proxy beside it is taken for granted.
  const auto local =
      load_environment({{"GATEHOUSE_ENV", "production"}, {"SESSION_SECRET", kGoodSecret}});
  EXPECT_TRUE(local.can_start());
}

TEST(Safety, TakesAPublicAddressWithACertificate) {
  auto environment = production();
  environment.set("TLS_BEHIND_PROXY", "");
  environment.set("TLS_ENABLED", "true");
  environment.set("TLS_CERT_PATH", "/c.pem");
  environment.set("TLS_KEY_PATH", "/k.pem");
  EXPECT_TRUE(load_environment(environment, {{"/c.pem", ""}, {"/k.pem", ""}}).can_start());
  const auto missing = load_environment(environment);
  EXPECT_TRUE(stops(missing, "tls.cert_path", "/c.pem"));
  EXPECT_TRUE(stops(missing, "tls.key_path", "/k.pem"));
}

TEST(Safety, StopsOnHalfATlsSetup) {
  EXPECT_TRUE(
      stops(load_environment({{"TLS_ENABLED", "1"}}), "tls.enabled", "needs a certificate"));
  EXPECT_TRUE(stops(load_environment({{"TLS_ENABLED", "1"}, {"TLS_CERT_PATH", "/c"}}),
                    "tls.key_path", "is missing"));
  EXPECT_TRUE(warns(load_environment({{"TLS_CERT_PATH", "/c"}}), "tls.enabled", "TLS is off"));
  EXPECT_TRUE(
      stops(load_environment({{"TLS_REDIRECT_LISTEN", "127.0.0.1:80"}}), "tls.redirect_listen"));
}

TEST(Safety, KeepsSelfSignedCertificatesToDevelopment) {
  const auto development = load_environment({{"TLS_ENABLED", "1"}, {"TLS_SELF_SIGNED", "p256"}});
  EXPECT_TRUE(development.can_start());
  EXPECT_EQ(development.settings.tls.self_signed, TlsSettings::SelfSigned::kP256);
  EXPECT_EQ(development.settings.tls.key_path, "./data/tls/self_signed_key.pem");
  EXPECT_TRUE(stops(production_with("TLS_SELF_SIGNED", "rsa4096"), "tls.self_signed"));
}

TEST(Safety, WarnsLoudlyOfDevelopmentOpenToOthers) {
  const auto loaded =
      load_environment({{"GATEHOUSE_ENV", "development"}, {"GATEHOUSE_LISTEN", "0.0.0.0:8080"}});
  EXPECT_TRUE(loaded.can_start());
  EXPECT_TRUE(warns(loaded, "server.listen", "OPEN TO OTHER MACHINES"));
  EXPECT_TRUE(warns(loaded, "server.hosts", "localhost"));
}

TEST(Safety, WarnsOfProxiesThatAreMissingOrTooWide) {
  EXPECT_TRUE(warns(production_with("GATEHOUSE_TRUSTED_PROXIES", ""), "server.trusted_proxies"));
  EXPECT_TRUE(warns(production_with("GATEHOUSE_TRUSTED_PROXIES", "0.0.0.0/0"),
                    "server.trusted_proxies", "0.0.0.0/0"));
  EXPECT_TRUE(
      warns(production_with("GATEHOUSE_TRUSTED_PROXIES", "::/0"), "server.trusted_proxies"));
  EXPECT_TRUE(production_with("GATEHOUSE_TRUSTED_PROXIES", "10.0.0.0/8").problems.empty());
}

TEST(Safety, WarnsOfKeysInTheClear) {
  const FakeEnvironment away{{"OPENAI_BASE_URL", "http://models.example/v1"},
                             {"OPENAI_API_KEY", "k"}};
  EXPECT_TRUE(warns(load_environment(away), "openai.base_url"));
  const FakeEnvironment here{{"OPENAI_BASE_URL", "http://127.0.0.1:1/v1"}, {"OPENAI_API_KEY", "k"}};
  EXPECT_TRUE(load_environment(here).problems.empty());
}

TEST(Safety, StopsOnHalfAProvider) {
  EXPECT_TRUE(stops(load_environment({{"GOOGLE_CLIENT_ID", "c"}}), "google.client_secret"));
  EXPECT_TRUE(stops(load_environment({{"GOOGLE_CLIENT_SECRET", "s"}}), "google.client_id"));
  const std::string issuer = "https://login.example.com/realms/main/";
  EXPECT_TRUE(stops(load_environment({{"GATEHOUSE_OPENID_ISSUER", issuer}}), "openid.client_id"));
  EXPECT_TRUE(stops(load_environment({{"GATEHOUSE_OPENID_CLIENT_ID", "c"}}), "openid.issuer"));
  const auto whole = [&](const std::string& name, const std::string& value) {
    FakeEnvironment environment{{"GATEHOUSE_OPENID_ISSUER", issuer},
                                {"GATEHOUSE_OPENID_CLIENT_ID", "c"}};
    environment.set(name, value);
    return load_environment(environment);
  };
  const auto good = whole("GATEHOUSE_OPENID_NAME", "Example");
  EXPECT_TRUE(good.problems.empty());
  EXPECT_EQ(good.settings.openid.issuer, issuer) << "to the letter, with its slash";
  EXPECT_TRUE(good.settings.openid.is_used());
  EXPECT_TRUE(stops(whole("GATEHOUSE_OPENID_ISSUER", "http://login.example.com"), "openid.issuer"));
  EXPECT_TRUE(whole("GATEHOUSE_OPENID_ISSUER", "http://127.0.0.1:3000").can_start());
  EXPECT_TRUE(stops(whole("GATEHOUSE_OPENID_SCOPES", "email"), "openid.scopes"));
  EXPECT_TRUE(stops(whole("GATEHOUSE_OPENID_OPERATORS", "root"), "openid.role_claim"));
}

TEST(Safety, StopsOnHalfOfLinesCredentials) {
  EXPECT_TRUE(stops(load_environment({{"LINE_CHANNEL_SECRET", "s"}}), "line.channel_access_token",
                    "LINE_CHANNEL_ACCESS_TOKEN"));
  EXPECT_TRUE(stops(load_environment({{"LINE_CHANNEL_ACCESS_TOKEN", "t"}}), "line.channel_secret",
                    "LINE_CHANNEL_SECRET"));
  const auto both = [](const std::string& name, const std::string& value) {
    auto environment = production();
    environment.set("LINE_CHANNEL_SECRET", "s");
    environment.set("LINE_CHANNEL_ACCESS_TOKEN", "t");
    environment.set(name, value);
    return load_environment(environment);
  };
  EXPECT_TRUE(both("GATEHOUSE_LINE_LONG_ANSWERS", "ask").problems.empty());
  EXPECT_TRUE(stops(both("GATEHOUSE_LINE_API_URL", "http://127.0.0.1:1"), "line.api_url", "https"));
  EXPECT_TRUE(
      stops(both("GATEHOUSE_LINE_SKIPS_NETWORK_CHECK", "true"), "line.skips_network_check"));
  EXPECT_TRUE(stops(both("GATEHOUSE_JOBS_IN_SERVER", "false"), "jobs.in_server"));
}

TEST(Safety, StopsOnAProviderThatCannotSendPeopleBack) {
  auto environment = production();
  environment.set("GOOGLE_CLIENT_ID", "c");
  environment.set("GOOGLE_CLIENT_SECRET", "s");
  EXPECT_TRUE(load_environment(environment).can_start());
  environment.set("GATEHOUSE_PUBLIC_URL", "");
  EXPECT_TRUE(stops(load_environment(environment), "server.public_url", "is missing"));
}

TEST(Safety, StopsOnAFolderThatIsNotThere) {
  EXPECT_TRUE(stops(load_environment({{"GATEHOUSE_DOCUMENTS", "/gone"}}), "documents", "/gone"));
}

TEST(Safety, StopsOnAPublicUrlWithAPath) {
  EXPECT_TRUE(stops(load_environment({{"GATEHOUSE_PUBLIC_URL", "https://a.example/chat"}}),
                    "server.public_url", "has a path"));
}

const std::string kWebhook = "https://n8n.example.com/webhook/x";

TEST(Safety, TakesTheCredentialOfN8nFromWhatIsThere) {
  using enum N8nSettings::Auth;
  const auto auth_of = [](const FakeEnvironment& environment) {
    const auto loaded = load_environment(environment);
    EXPECT_TRUE(loaded.can_start());
    EXPECT_TRUE(loaded.problems.empty());
    return loaded.settings.n8n.auth;
  };
  EXPECT_EQ(auth_of({{"N8N_WEBHOOK_URL", kWebhook}}), kNone);
  EXPECT_EQ(auth_of({{"N8N_WEBHOOK_URL", kWebhook}, {"N8N_API_KEY", "k"}}), kHeader);
  EXPECT_EQ(auth_of({{"N8N_WEBHOOK_URL", kWebhook}, {"JWT_SECRET", kGoodSecret}}), kJwt);
}

TEST(Safety, RefusesHalfOfACredentialForN8n) {
  const auto with = [](const std::string& name, const std::string& value) {
    FakeEnvironment environment{{"N8N_WEBHOOK_URL", kWebhook}};
    environment.set(name, value);
    return load_environment(environment);
  };
  EXPECT_TRUE(stops(with("N8N_AUTH", "header"), "n8n.auth", "N8N_API_KEY"));
  EXPECT_TRUE(stops(with("N8N_AUTH", "basic"), "n8n.auth", "N8N_PASSWORD"));
  EXPECT_TRUE(stops(with("N8N_AUTH", "jwt"), "n8n.auth", "JWT_SECRET"));
  EXPECT_TRUE(stops(with("JWT_SECRET", "Kq8-too-short"), "jwt.secret", "fewer than 32"));
  EXPECT_TRUE(stops(with("JWT_ALGORITHM", "RS256"), "jwt.algorithm", "HS256"));
  EXPECT_TRUE(stops(with("N8N_API_KEY_HEADER", "a: b"), "n8n.api_key_header"));
  EXPECT_TRUE(stops(with("N8N_WEBHOOK_URL", "n8n/webhook"), "n8n.webhook_url", "is not a URL"));
}

TEST(Safety, WarnsOfWhatDoesNothingOrTravelsInTheClear) {
  EXPECT_TRUE(warns(load_environment({{"JWT_SECRET", kGoodSecret}}), "jwt.secret", "nothing"));
  EXPECT_TRUE(warns(load_environment({{"N8N_API_KEY", "k"}}), "n8n.api_key", "nothing"));
  const auto clear = load_environment({{"N8N_WEBHOOK_URL", "http://n8n:5678/webhook/x"}});
  EXPECT_TRUE(warns(clear, "n8n.webhook_url", "in the clear"));
  EXPECT_TRUE(
      load_environment({{"N8N_WEBHOOK_URL", "http://127.0.0.1:5678/webhook/x"}}).problems.empty());
}

}  // namespace
}  // namespace gatehouse::settings
