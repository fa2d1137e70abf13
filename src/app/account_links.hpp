// Links that open an account once.
#pragma once

#include <string>

#include "gatehouse/base/random.hpp"
#include "gatehouse/identity/accounts.hpp"
#include "gatehouse/settings/settings.hpp"

namespace gatehouse::app {

struct NewLink {
  identity::Link link;  // what is kept
  std::string url;      // what is given away; the only place where its token stands
};

// Where the house is reached, as far as the settings tell: "https://chat.example.org".
std::string origin_of(const settings::Settings& settings);

// `origin`: "https://chat.example.org". The token stands behind the #, which browsers send nowhere.
NewLink make_link(const std::string& origin, identity::LinkPurpose purpose, std::string account_id,
                  WallTime expires_at, Random& random);

}  // namespace gatehouse::app
