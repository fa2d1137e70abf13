// What a reload takes over, and what references hold from time to time.
#include "application.hpp"
#include "guard_rules.hpp"

namespace gatehouse::app {
namespace {

bool is_other(const Secret& a, const Secret& b) { return a.reveal() != b.reveal(); }

}  // namespace

// Nothing where the configuration has a fault: all stays as it is.
std::optional<SettingsOfNow> Application::read_settings(std::string_view event) {
  auto read = load_();
  if (!read) {
    house_->log.error(event, read.error().client_message);
    return std::nullopt;
  }
  house_->kept_secrets = read->failures.size();
  for (const auto& failure : read->failures) {
    house_->log.warning("SECRET_KEPT", "A secret can't be read anew; the one before stays.",
                        {{"reference", failure.reference}, {"detail", failure.message}});
  }
  return std::move(*read);
}

void Application::take_over_secrets(const settings::Settings& fresh) {
  std::string changed;
  const auto take = [&](std::string_view key, Secret& ours, const Secret& theirs) {
    if (!is_other(ours, theirs)) return false;
    changed.append(changed.empty() ? "" : ", ").append(key);
    ours = theirs;
    return true;
  };
  if (take("openai.api_key", applied_.openai.api_key, fresh.openai.api_key)) {
    for (const auto& unit : units_) {
      unit->worker().post([&unit, key = fresh.openai.api_key] { unit->replace_openai_key(key); });
    }
  }
  bool is_n8n_changed = take("n8n.api_key", applied_.n8n.api_key, fresh.n8n.api_key);
  is_n8n_changed |= take("n8n.password", applied_.n8n.password, fresh.n8n.password);
  is_n8n_changed |= take("jwt.secret", applied_.jwt.secret, fresh.jwt.secret);
  if (is_n8n_changed) {
    for (const auto& unit : units_) {
      unit->worker().post(
          [&unit, settings = applied_] { unit->replace_n8n_credentials(settings); });
    }
  }
  bool has_other_keys = take("api_keys", applied_.api_keys, fresh.api_keys);
  has_other_keys |= take("metrics_token", applied_.metrics_token, fresh.metrics_token);
  if (has_other_keys) {
    house_->authenticator->replace_keys(
        identity::parse_api_keys(fresh.api_keys.reveal()).value_or(std::vector<identity::ApiKey>()),
        fresh.metrics_token);
  }
  if (is_other(applied_.session.secret, fresh.session.secret)) {
    applied_.session.secret = fresh.session.secret;
    house_->log.warning(
        "RELOAD_PARTIAL",
        "session.secret has changed. It counts from the next start on, when visitor "
        "sessions begin anew.");
  }
  if (changed.empty()) return;
  house_->log.info("SECRETS_CHANGED", "Secrets were taken over.", {{"settings", changed}});
  record({.action = std::string(audit::action::kSecretsChanged),
          .actor = "gatehouse",
          .subject = "settings",
          .detail = changed});
}

void Application::refresh_secrets() {
  const auto fresh = read_settings("SECRETS_FAILED");
  if (!fresh) return;
  take_over_secrets(fresh->settings);
  const auto& canaries = fresh->settings.guard.canaries;
  if (!is_other(applied_.guard.canaries, canaries)) return;
  auto with_canaries = applied_;
  with_canaries.guard.canaries = canaries;
  apply(with_canaries);
}

// Certificates, origins, hosts, proxies, prices, rules and what the guard makes of them are taken
// over, and secrets; a configuration with a fault changes nothing.
void Application::reload() {
  const auto fresh = read_settings("RELOAD_FAILED");
  if (!fresh || !apply(fresh->settings)) return;
  take_over_secrets(fresh->settings);
  house_->log_writer->reopen();
  house_->log.info(
      "RELOADED",
      "Certificates, origins, hosts, trusted proxies, secrets, prices and the guard's "
      "rules, modes and thresholds were read anew. Everything else changes with a restart.");
}

bool Application::apply(const settings::Settings& settings) {
  auto tls = load_server_tls(settings);
  const auto rules = load_guard_rules(settings.guard, house_->instructions.canaries);
  if (!tls || !rules) {
    house_->log.error("RELOAD_FAILED", (tls ? rules.error() : tls.error()).client_message);
    return false;
  }
  if (settings.guard.waf != settings::GuardSettings::Waf::kOff && !house_->firewall)
    house_->log.warning("RELOAD_PARTIAL", "guard.waf is off until the next start.");
  const auto pipeline_settings = make_pipeline_settings(settings, *rules, house_->clock.wall());
  for (const auto& unit : units_) {
    unit->worker().post([&unit, pipeline_settings, rules = rules->message] {
      unit->replace(pipeline_settings, rules);
    });
  }
  house_->escalation->replace_steps(escalation_settings(settings));
  units_.front()->worker().post([this, certificates = std::move(*tls), pipeline_settings] {
    house_->server_tls = certificates;
    house_->pipeline_settings = pipeline_settings;
    apply_listener_terms();
  });
  record({.action = std::string(audit::action::kPolicyRead),
          .actor = "command_line",
          .subject = "policy:" + pipeline_settings->policy.version});
  // Secrets are taken over one by one.
  auto applied = settings;
  applied.openai.api_key = applied_.openai.api_key;
  applied.n8n = applied_.n8n;
  applied.jwt = applied_.jwt;
  applied.api_keys = applied_.api_keys;
  applied.metrics_token = applied_.metrics_token;
  applied.session.secret = applied_.session.secret;
  applied_ = std::move(applied);
  return true;
}

}  // namespace gatehouse::app
