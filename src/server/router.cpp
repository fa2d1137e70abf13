#include <algorithm>

#include "gatehouse/server/route.hpp"

namespace gatehouse::server {
namespace {

constexpr std::size_t kMethods = static_cast<std::size_t>(codec::Method::kOther);
constexpr std::size_t kMaxParameterBytes = 128;

std::size_t index_of(codec::Method method) { return static_cast<std::size_t>(method); }

void allow(std::string& list, std::string_view method) {
  if (!list.empty()) list += ", ";
  list += method;
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  constexpr std::string_view kParameter = "{id}";
  for (const Route& route : routes_) {
    const auto at = route.path.find(kParameter);
    Path path;
    path.prefix = route.path.substr(0, at);
    path.has_parameter = at != std::string::npos;
    if (path.has_parameter) path.suffix = route.path.substr(at + kParameter.size());
    auto known = std::ranges::find_if(paths_, [&](const Path& other) {
      return other.prefix == path.prefix && other.suffix == path.suffix &&
             other.has_parameter == path.has_parameter;
    });
    if (known == paths_.end()) {
      path.by_method.resize(kMethods);
      known = paths_.insert(paths_.end(), std::move(path));
    }
    known->by_method[index_of(route.method)] = &route;
    allow(known->allowed, codec::name_of(route.method));
    if (route.method == codec::Method::kGet) allow(known->allowed, "HEAD");
  }
  for (auto& path : paths_) allow(path.allowed, "OPTIONS");
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    if (!paths_[i].has_parameter) exact_.emplace(paths_[i].prefix, i);
  }
}

Router::Match Router::choose(const Path& path, codec::Method method, std::string_view parameter) {
  if (method == codec::Method::kHead) method = codec::Method::kGet;
  Match match{.route = nullptr, .parameter = parameter, .allowed = path.allowed};
  if (index_of(method) < kMethods) match.route = path.by_method[index_of(method)];
  for (const Route* route : path.by_method) {
    if (route != nullptr) match.errors = route->errors;
  }
  return match;
}

Router::Match Router::find(codec::Method method, std::string_view path) const {
  if (const auto found = exact_.find(path); found != exact_.end())
    return choose(paths_[found->second], method, {});
  for (const Path& candidate : paths_) {
    if (!candidate.has_parameter ||
        path.size() <= candidate.prefix.size() + candidate.suffix.size())
      continue;
    if (!path.starts_with(candidate.prefix) || !path.ends_with(candidate.suffix)) continue;
    const auto parameter = path.substr(
        candidate.prefix.size(), path.size() - candidate.prefix.size() - candidate.suffix.size());
    if (parameter.find('/') != std::string_view::npos || parameter.size() > kMaxParameterBytes)
      continue;
    return choose(candidate, method, parameter);
  }
  return {.errors = path.starts_with("/v1/") ? ErrorForm::kOpenAi : ErrorForm::kProblem};
}

}  // namespace gatehouse::server
