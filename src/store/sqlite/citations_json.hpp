// Citations as the store keeps them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/chat/reply_event.hpp"

namespace gatehouse::store::sqlite {

std::string citations_to_json(const std::vector<chat::Citation>& citations);  // empty for none
// A member that an older Gatehouse didn't write is empty. kInternal for what no Gatehouse wrote.
Result<std::vector<chat::Citation>> citations_from_json(std::string_view text);

}  // namespace gatehouse::store::sqlite
