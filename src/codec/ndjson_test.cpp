#include "gatehouse/codec/ndjson.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::codec {
namespace {

std::vector<std::string> lines_of(std::string_view text, std::size_t step) {
  NdjsonParser parser(16);
  std::vector<std::string> lines;
  std::string_view line;
  while (!text.empty() && !parser.has_failed()) {
    auto piece = text.substr(0, step);
    text.remove_prefix(piece.size());
    while (parser.next(piece, line)) lines.emplace_back(line);
  }
  if (parser.last(line)) lines.emplace_back(line);
  if (parser.has_failed()) lines.emplace_back("failed");
  return lines;
}

TEST(Ndjson, GivesTheSameLinesHoweverTheyAreSplit) {
  const std::string_view text = "{\"a\":1}\r\n\n  \n[2]\n{\"last\":3}";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    EXPECT_EQ(lines_of(text, step), (std::vector<std::string>{"{\"a\":1}", "[2]", "{\"last\":3}"}));
  }
}

TEST(Ndjson, RefusesALineOverItsLimit) {
  EXPECT_EQ(lines_of(std::string(16, 'x') + "\n", 5).back(), std::string(16, 'x'));
  EXPECT_EQ(lines_of(std::string(17, 'x') + "\n", 5).back(), "failed");
  EXPECT_EQ(lines_of(std::string(17, 'x'), 17).back(), "failed");
}

}  // namespace
}  // namespace gatehouse::codec
