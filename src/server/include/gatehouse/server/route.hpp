// The table of routes: what stands behind which path, and on what terms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gatehouse/codec/http1_head.hpp"
#include "gatehouse/guard/admitted.hpp"
#include "gatehouse/guard/request_view.hpp"
#include "gatehouse/http/message.hpp"
#include "gatehouse/identity/authenticator.hpp"

namespace gatehouse::server {

using Handler = http::Handler<guard::Admitted<http::Request>>;

// How errors on a route are written.
enum class ErrorForm : std::uint8_t { kProblem, kOpenAi };

struct Route {
  codec::Method method = codec::Method::kGet;  // a GET route answers HEAD too
  std::string path;  // "/api/v1/conversations/{id}/events": at most one {id}
  guard::RouteRules rules;
  identity::Credentials credentials = identity::Credentials::kNone;
  Handler* handler = nullptr;
  ErrorForm errors = ErrorForm::kProblem;
  bool streams_body = false;  // the handler reads the body itself
};

// Finds routes by method and path. Built once per worker; a look-up allocates nothing.
class Router {
 public:
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  // null: no such path, or not with this method
    std::string_view parameter;    // what stood for {id}
    std::string_view allowed;      // where the path exists: its methods, as Allow says them
    ErrorForm errors = ErrorForm::kProblem;
  };
  Match find(codec::Method method, std::string_view path) const;

 private:
  struct Path {
    std::string prefix;  // up to {id}, or the whole path
    std::string suffix;  // behind {id}
    bool has_parameter = false;
    std::string allowed;
    std::vector<const Route*> by_method;
  };
  static Match choose(const Path& path, codec::Method method, std::string_view parameter);

  std::vector<Route> routes_;
  std::vector<Path> paths_;
  std::unordered_map<std::string_view, std::size_t> exact_;  // into paths_
};

}  // namespace gatehouse::server
