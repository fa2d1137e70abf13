// Ours against Beast's: whatever our parser lets in, Beast must read in the same way.
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdlib>
#include <iterator>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/http1_head.hpp"

namespace http = boost::beast::http;
using namespace gatehouse;  // NOLINT: a program of one file

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void compare(const codec::RequestHead& ours, std::string_view block) {
  http::request_parser<http::string_body> theirs;
  theirs.header_limit(64 * 1024);
  theirs.body_limit(boost::none);
  boost::system::error_code error;
  theirs.put(boost::asio::buffer(block), error);
  require(!error || error == http::error::need_more);
  require(theirs.is_header_done());
  const auto& message = theirs.get();
  require(message.method_string() == ours.method_text());
  require(message.target() == ours.target());
  require(message.version() == (ours.is_http_1_0 ? 10U : 11U));
  // Beast keeps fields of one name together, so they are compared name by name.
  const auto count = static_cast<std::size_t>(std::distance(message.begin(), message.end()));
  require(count == ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    std::ptrdiff_t earlier = 0;
    for (std::size_t j = 0; j < i; ++j) {
      if (equals_ignoring_case(ours.name(j), ours.name(i))) ++earlier;
    }
    const auto [first, last] = message.equal_range(ours.name(i));
    require(earlier < std::distance(first, last));
    require(std::next(first, earlier)->value() == ours.value(i));
  }
  require(theirs.chunked() == (ours.framing == codec::BodyFraming::kChunked));
  if (ours.framing == codec::BodyFraming::kLength)
    require(theirs.content_length() == ours.content_length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  codec::HeadScanner scanner;
  if (scanner.scan(text) != codec::HeadScanner::State::kComplete) return 0;
  const auto block = text.substr(0, scanner.head_bytes());
  codec::RequestHead ours;
  // Beast reads the invented Proxy-Connection like Connection; here it is a field like any other.
  if (!codec::parse_request_head(block, {}, ours) && ours.get("proxy-connection").empty()) {
    compare(ours, block);
  }
  codec::ResponseHead response;
  static_cast<void>(codec::parse_response_head(block, {}, false, response));
  return 0;
}
