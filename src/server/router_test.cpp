#include <gtest/gtest.h>

#include "gatehouse/server/route.hpp"

namespace gatehouse::server {
namespace {

using codec::Method;

Router make_router() {
  return Router({{.method = Method::kGet, .path = "/"},
                 {.method = Method::kGet, .path = "/things"},
                 {.method = Method::kPost, .path = "/things"},
                 {.method = Method::kGet, .path = "/things/{id}"},
                 {.method = Method::kDelete, .path = "/things/{id}"},
                 {.method = Method::kGet, .path = "/things/{id}/parts"},
                 {.method = Method::kPost, .path = "/v1/chat", .errors = ErrorForm::kOpenAi}});
}

TEST(Router, FindsExactPathsAndParameters) {
  const Router router = make_router();
  EXPECT_EQ(router.find(Method::kGet, "/").route->path, "/");
  EXPECT_EQ(router.find(Method::kHead, "/things").route->method, Method::kGet);
  const auto match = router.find(Method::kDelete, "/things/42");
  EXPECT_EQ(match.route->path, "/things/{id}");
  EXPECT_EQ(match.parameter, "42");
  EXPECT_EQ(router.find(Method::kGet, "/things/42/parts").route->path, "/things/{id}/parts");
}

TEST(Router, TellsWhatAPathTakes) {
  const Router router = make_router();
  const auto match = router.find(Method::kPut, "/things");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allowed, "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(router.find(Method::kOther, "/v1/chat").errors, ErrorForm::kOpenAi);
}

TEST(Router, DoesNotKnowOtherPaths) {
  const Router router = make_router();
  for (const std::string_view path :
       {"/thing", "/things/", "/things//parts", "/things/1/2", "//", "/things/1/parts/"}) {
    EXPECT_EQ(router.find(Method::kGet, path).route, nullptr) << path;
    EXPECT_TRUE(router.find(Method::kGet, path).allowed.empty()) << path;
  }
  EXPECT_EQ(router.find(Method::kGet, "/things/" + std::string(129, 'x')).route, nullptr);
  EXPECT_EQ(router.find(Method::kGet, "/v1/unknown").errors, ErrorForm::kOpenAi);
}

}  // namespace
}  // namespace gatehouse::server
