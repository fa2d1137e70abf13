// Who asks: visitors, programs with keys, and people who sign in.
#include <algorithm>

#include "account_links.hpp"
#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/server/asset.hpp"
#include "house.hpp"
#include "key_files.hpp"

namespace gatehouse::app {
namespace {

std::string_view common_passwords() {
  const auto assets = server::embedded_assets();
  const auto found = std::ranges::find(assets, "/passwords/common.bin", &server::Asset::path);
  return found == assets.end() ? std::string_view() : found->identity;
}

constexpr std::size_t kLeastSiteWordBytes = 6;  // shorter ones stand in many passwords

// What the place is called: whoever attacks it tries that first.
std::vector<std::string> site_words_of(const settings::Settings& settings) {
  std::vector<std::string> words{"gatehouse"};
  const auto add = [&words](std::string_view text, char separator) {
    for (const auto word : split(text, separator)) {
      if (word.size() >= kLeastSiteWordBytes) words.push_back(to_lower_ascii(word));
    }
  };
  add(settings.widget.title, ' ');
  for (const auto& host : settings.server.hosts) {
    if (!IpAddress::parse(host)) add(host.substr(0, host.find(':')), '.');
  }
  return words;
}

}  // namespace

Result<void> open_identity(House& house) {
  const auto& from = house.settings;
  house.sessions = std::make_unique<identity::VisitorSessions>(
      house.clock, house.random, from.session.secret, "default", from.session.max_age);
  house.account_sessions = std::make_unique<identity::AccountSessions>(
      house.clock, house.random, from.session.secret,
      identity::AccountSessionSettings{
          .idle_timeout = from.accounts.idle_timeout,
          .lifetime = from.accounts.max_age,
          .per_account = from.accounts.sessions_max,
          .refuses_more = from.accounts.when_full == settings::AccountSettings::WhenFull::kRefuse});
  house.api_keys = std::make_unique<identity::ApiKeys>(house.clock, house.random);
  auto keys = identity::parse_api_keys(from.api_keys.reveal());
  if (!keys) return fail(ErrorCode::kInvalid, "GATEHOUSE_API_KEYS: " + keys.error().client_message);
  identity::AuthenticatorSettings settings{.api_keys = std::move(*keys),
                                           .metrics_token = from.metrics_token};
  settings.is_v1_open_to_loopback =
      !from.is_production() && from.server.listen.address.is_loopback();
  house.access_tokens = std::make_unique<identity::AccessTokens>(
      house.clock, house.random, house.token_keys, house.live_families,
      identity::AccessTokenSettings{.issuer = origin_of(from)});
  house.live_principals = std::make_unique<identity::LivePrincipals>(
      *house.sessions, *house.account_sessions, house.live_families);
  house.authenticator = std::make_unique<identity::Authenticator>(
      *house.sessions, *house.account_sessions, *house.api_keys, std::move(settings), house.random,
      house.access_tokens.get(), &house.socket_tickets);
  return {};
}

Result<void> open_accounts(House& house) {
  house.accounts = std::make_unique<store::sqlite::Accounts>(*house.writer, *house.readers);
  house.identities = std::make_unique<store::sqlite::Identities>(*house.writer, *house.readers);
  house.account_session_store = std::make_unique<store::sqlite::AccountSessions>(*house.writer);
  house.audit = std::make_unique<store::sqlite::AuditLog>(*house.writer, *house.readers);
  auto key = open_audit_key(house.settings.audit.key_file, house.random);
  if (!key) return std::unexpected(key.error());
  house.audit_keeper = std::make_unique<audit::Keeper>(*house.audit, house.clock, std::move(*key),
                                                       audit::Retention{house.settings.audit.days});
  auto kept = house.account_session_store->load_all_and_wait("default");
  if (!kept) return std::unexpected(kept.error());
  house.account_sessions->load(std::move(*kept), house.account_sessions->generation());
  house.api_key_store = std::make_unique<store::sqlite::ApiKeys>(*house.writer);
  auto keys = async::answer_of(
      [&](async::Worker& worker) { return house.api_key_store->list(worker, "default"); });
  if (!keys) return std::unexpected(keys.error());
  house.api_keys->load(std::move(*keys), house.api_keys->generation());
  house.sign_in_throttle = std::make_unique<identity::SignInThrottle>(house.clock, house.random);
  house.second_factors =
      std::make_unique<store::sqlite::SecondFactors>(*house.writer, *house.readers);
  house.second_step = std::make_unique<identity::SecondStep>(
      *house.second_factors, house.sealers->second_factors, house.clock, house.random);
  house.sign_in = std::make_unique<identity::SignIn>(
      *house.accounts, *house.second_step, *house.sign_in_throttle, house.password_hashing,
      identity::PasswordTerms{.common = identity::CommonPasswords(common_passwords()),
                              .site_words = site_words_of(house.settings)});
  return {};
}

}  // namespace gatehouse::app
