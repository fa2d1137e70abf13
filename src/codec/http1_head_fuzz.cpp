// Ours against Beast's: whatever our parser lets in, Beast must read in the same way.
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdlib>

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
  std::size_t count = 0;
  for (const auto& field : message) {
    require(field.name_string() == ours.name(count));
    require(field.value() == ours.value(count));
    ++count;
  }
  require(count == ours.size());
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
