#include "gatehouse/codec/basic_credentials.hpp"

#include <gtest/gtest.h>

namespace gatehouse::codec {
namespace {

TEST(BasicCredentials, AreWrittenAsTheStandardSays) {
  EXPECT_EQ(basic_credentials("test", "123\u00a3"), "Basic dGVzdDoxMjPCow==");  // RFC 7617 §2.1
  EXPECT_EQ(basic_credentials("a", "\xFB\xFF"), "Basic YTr7/w==");
}

}  // namespace
}  // namespace gatehouse::codec
