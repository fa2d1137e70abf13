// Log lines for people at a terminal.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::exporters {

// "12:00:01.123 INFO  A sentence.  event=name field=value" for each JSON line; a line that is no
// such object stays as it is. Control characters are escaped, so a terminal obeys no log.
std::string to_log_text(std::string_view json_lines);

}  // namespace gatehouse::exporters
