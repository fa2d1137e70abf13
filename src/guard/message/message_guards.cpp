#include "gatehouse/guard/message_guards.hpp"

namespace gatehouse::guard {

MessageGuards make_message_guards() {
  MessageGuards guards;
  // First: everything after it may take well-formed text of bounded length for granted.
  guards.push_back(make_text_guard());
  return guards;
}

}  // namespace gatehouse::guard
