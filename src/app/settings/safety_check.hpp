// What a start is refused for or warned of; safety.cpp says so of the server, safety_services.cpp
// of what it asks: responders, providers and prices.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gatehouse/settings/load.hpp"

namespace gatehouse::settings {

inline constexpr std::string_view kHowToMake = " Make one with: openssl rand -base64 48";

// A URL that isn't https, of another machine.
bool is_plain_and_elsewhere(std::string_view url);

class SafetyCheck {
 public:
  SafetyCheck(Loaded& loaded, const Files& files)
      : loaded_(loaded), settings_(loaded.settings), files_(files) {}

  void run() {
    check_bind();
    check_secrets();
    check_origins();
    check_tls();
    check_proxies();
    check_hosts();
    check_responders();
    check_n8n();
    check_jwt();
    check_line();
    check_route();
    check_openid();
    check_prices();
    check_rest();
  }

 private:
  void stop(std::string_view key, std::string message) {
    loaded_.problems.push_back({std::string(key), std::move(message), true});
  }
  void warn(std::string_view key, std::string message) {
    loaded_.problems.push_back({std::string(key), std::move(message), false});
  }
  void refuse_in_production(std::string_view key, std::string message) {
    loaded_.problems.push_back({std::string(key), std::move(message), settings_.is_production()});
  }
  bool is_public() const { return !settings_.server.listen.address.is_loopback(); }

  void check_bind();
  void check_secrets();
  void check_secret(std::string_view key, std::string_view secret, std::string_view which = {});
  void check_lent_secrets();
  const Value& value_of(std::string_view key) const {
    return loaded_.entries[static_cast<std::size_t>(find_setting(key) - all_settings().data())]
        .value;
  }
  bool is_told(std::string_view key) const {
    return std::ranges::any_of(loaded_.problems,
                               [&](const Problem& problem) { return problem.setting == key; });
  }
  void check_origins();
  void check_tls();
  void check_certificate();
  void check_proxies();
  void check_hosts();
  void check_responders();
  void check_n8n();
  void check_jwt();
  void check_line();
  void check_route();
  void check_openid();
  void check_prices();
  std::vector<std::string> models() const;
  void check_rest();

  Loaded& loaded_;
  const Settings& settings_;
  const Files& files_;
};

}  // namespace gatehouse::settings
