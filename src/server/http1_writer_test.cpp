#include "http1_writer.hpp"

#include <gtest/gtest.h>

namespace gatehouse::server {
namespace {

TEST(DateLine, ChangesWithTheSecondOfTheWallClock) {
  FakeClock clock;  // it begins at a full second
  DateLine date(clock);
  const std::string first(date.get(clock.now()));
  EXPECT_EQ(first, "Date: " + to_http_date(clock.wall()) + "\r\n");
  clock.advance(std::chrono::milliseconds(999));
  EXPECT_EQ(date.get(clock.now()), first);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(date.get(clock.now()), "Date: " + to_http_date(clock.wall()) + "\r\n");
  EXPECT_NE(date.get(clock.now()), first);
  // Made in the middle of a second it holds for the rest of it only.
  clock.advance(std::chrono::milliseconds(1700));
  const std::string later(date.get(clock.now()));
  clock.advance(std::chrono::milliseconds(300));
  EXPECT_NE(date.get(clock.now()), later);
}

}  // namespace
}  // namespace gatehouse::server
