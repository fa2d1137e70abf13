// What a web application firewall is given. Plain enough for C++20, which its module is written in.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gatehouse::guard {

// A request as the client sent it. Owns all of it, since it is read on another thread.
struct FirewallRequest {
  std::string method;
  std::string target;  // path and query, undecoded
  bool is_http_1_0 = false;
  std::string client;  // its address
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

}  // namespace gatehouse::guard
