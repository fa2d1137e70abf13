// A recording as the text that is sealed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/guard/recordings.hpp"

namespace gatehouse::store::sqlite {

// All but the request id and the time, which stand in columns of their own. Its texts are valid
// UTF-8.
std::string recording_to_json(const guard::Recording& recording);
// Nothing where the text is none of ours.
std::optional<guard::Recording> recording_from_json(std::string_view text);

}  // namespace gatehouse::store::sqlite
