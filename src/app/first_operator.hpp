// How the first operator gets in: by a link that only who has the machine can read.
#pragma once

#include <string>

#include "house.hpp"

namespace gatehouse::app {

// Where no operator can sign in yet, makes a link that is good for an hour and once, and writes it
// to `first-operator.txt` in the data folder, for its owner only; an older link is void. Returns
// it, or an empty text where there is an operator. `address` is that of the server. Blocks; before
// the workers run.
Result<std::string> offer_first_operator(House& house, const std::string& address);

}  // namespace gatehouse::app
