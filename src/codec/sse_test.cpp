#include "gatehouse/codec/sse.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::codec {
namespace {

using Event = std::tuple<std::string, std::string, std::string>;  // event, data, id

std::vector<Event> parse(std::string_view text, std::size_t step) {
  SseParser parser;
  std::vector<Event> events;
  while (!text.empty()) {
    auto piece = text.substr(0, step);
    text.remove_prefix(piece.size());
    SseEvent event;
    while (parser.next(piece, event)) events.emplace_back(event.event, event.data, event.id);
  }
  return events;
}

TEST(SseParser, GivesTheSameEventsHoweverTheyAreSplit) {
  const std::string text =
      "\xEF\xBB\xBF: comment\ndata: one\n\nevent: named\r\ndata: two\r\ndata:three\r\n\r\nid: "
      "7\rdata\r\rdata: \xE2\x82\xAC\n\n"
      "event: no data\n\nunknown: field\ndata: last\n\n";
  const std::vector<Event> wanted = {{"", "one", ""},
                                     {"named", "two\nthree", ""},
                                     {"", "", "7"},
                                     {"", "\xE2\x82\xAC", "7"},
                                     {"", "last", "7"}};
  for (std::size_t step = 1; step <= text.size(); ++step)
    EXPECT_EQ(parse(text, step), wanted) << step;
}

TEST(SseParser, FindsTheEndOfLongLines) {
  for (const std::size_t bytes : {0U, 503U, 504U, 505U, 506U, 507U, 1100U}) {
    for (const std::string end : {"\n", "\r", "\r\n"}) {
      const std::string text(bytes, 'x');
      const std::vector<Event> wanted = {{"", text, ""}, {"", "next", ""}};
      EXPECT_EQ(parse("data: " + text + end + end + "data: next" + end + end, 4096), wanted)
          << bytes;
    }
  }
}

TEST(SseParser, FailsAboveItsLimit) {
  SseParser parser(100);
  SseEvent event;
  std::string_view small = "data: ok\n\n";
  EXPECT_TRUE(parser.next(small, event));
  const std::string long_line = "data: " + std::string(200, 'x');
  std::string_view rest = long_line;
  EXPECT_FALSE(parser.next(rest, event));
  EXPECT_TRUE(parser.has_failed());
}

TEST(AppendSseEvent, IsReadBack) {
  std::string text;
  append_sse_event(text, "e-1", "delta", "{\"a\":\n1}");
  EXPECT_EQ(parse(text, 3), (std::vector<Event>{{"delta", "{\"a\":\n1}", "e-1"}}));
}

}  // namespace
}  // namespace gatehouse::codec
