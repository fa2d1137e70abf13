#include "account_links.hpp"

namespace gatehouse::app {

std::string origin_of(const settings::Settings& settings) {
  if (!settings.server.public_url.empty()) return settings.server.public_url;
  return (settings.tls.is_enabled ? "https://" : "http://") + settings.server.listen.to_string();
}

NewLink make_link(const std::string& origin, identity::LinkPurpose purpose, std::string account_id,
                  WallTime expires_at, Random& random) {
  constexpr std::size_t kTokenBytes = 32;
  const std::string token = random_token(random, kTokenBytes);
  return {.link = {.token_hash = crypto::sha256(token),
                   .purpose = purpose,
                   .account_id = std::move(account_id),
                   .expires_at = expires_at},
          .url = origin + "/account#link=" + token};
}

}  // namespace gatehouse::app
