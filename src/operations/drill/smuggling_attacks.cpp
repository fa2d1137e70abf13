// Bytes that two servers in a row could read as different requests.
#include <chrono>

#include "judges.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::string_view kStep =
    "Answer 400 and close the connection, here and in every proxy in front.";
// How long a second answer is waited for.
constexpr Duration kLinger = std::chrono::milliseconds(400);

struct Shape {
  std::string_view id;
  std::string_view tries;
  std::string_view fields;  // header lines, or the line break that stands instead of one
  std::string_view body;
  Pace pace = Pace::kFull;
};

constexpr Shape kFramings[] = {
    {"length-and-chunked", "gives a length and chunks",
     "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", Pace::kGentle},
    {"chunked-and-length", "gives chunks and a length",
     "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"},
    {"two-lengths", "gives two lengths", "Content-Length: 0\r\nContent-Length: 2\r\n", "{}",
     Pace::kGentle},
    {"length-list", "gives a list of lengths", "Content-Length: 0, 2\r\n", "{}"},
    {"length-signed", "gives a length with a sign", "Content-Length: +2\r\n", "{}"},
    {"length-negative", "gives a negative length", "Content-Length: -1\r\n", "{}"},
    {"length-overflow", "gives a length of 20 digits", "Content-Length: 18446744073709551618\r\n",
     "{}"},
    {"te-twice", "names chunked twice",
     "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"},
    {"te-unknown", "names a coding that nobody knows", "Transfer-Encoding: xchunked\r\n",
     "0\r\n\r\n"},
    {"te-tab", "hides chunked behind a vertical tab",
     "Transfer-Encoding: \x0b"
     "chunked\r\n",
     "0\r\n\r\n"},
    {"te-space-colon", "puts a blank before the colon", "Transfer-Encoding : chunked\r\n",
     "0\r\n\r\n"},
    {"te-folded", "folds the coding into the next line", "Transfer-Encoding:\r\n chunked\r\n",
     "0\r\n\r\n", Pace::kGentle},
    {"two-hosts", "names two hosts", "Host: drill-evil.example\r\nContent-Length: 0\r\n", "",
     Pace::kGentle},
    {"bare-line-feed", "ends a line with a bare line feed",
     "X-Drill: a\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n", ""},
    {"bare-return", "ends a line with a bare carriage return",
     "X-Drill: a\rTransfer-Encoding: chunked\r\nContent-Length: 0\r\n", ""},
};

constexpr Shape kChunks[] = {
    {"chunk-size-word", "gives a chunk size that is no number", "", "zz\r\n{}\r\n0\r\n\r\n",
     Pace::kFull},
    {"chunk-size-prefixed", "writes a chunk size with 0x", "", "0x2\r\n{}\r\n0\r\n\r\n"},
    {"chunk-size-negative", "gives a negative chunk size", "", "-2\r\n{}\r\n0\r\n\r\n"},
    {"chunk-size-overflow", "gives a chunk size of 17 digits", "",
     "10000000000000002\r\n{}\r\n0\r\n\r\n"},
    {"chunk-line-feed", "ends a chunk size with a bare line feed", "", "2\n{}\r\n0\r\n\r\n"},
    {"chunk-too-long", "sends more than a chunk's size", "", "1\r\n{}\r\n0\r\n\r\n"},
};

std::string hidden_request(const Target& target) {
  return "GET /healthz HTTP/1.1\r\nHost: " + target.server().host_header() + "\r\n\r\n";
}

// With a credential where there is one, so that the body is read.
std::string post_with(const Target& target, std::string_view fields, std::string_view body) {
  auto ask = target.chat_ask({});
  std::string out = "POST " + ask.path + " HTTP/1.1\r\nHost: " + target.server().host_header();
  out.append("\r\nContent-Type: application/json\r\n").append(ask.lines).append(fields);
  return out.append("\r\n").append(body);
}

Exchange send_bytes(Target& target, std::string bytes) {
  return target.send(
      {.pieces = {std::move(bytes)}, .wait = std::chrono::seconds(5), .linger = kLinger});
}

Finding smuggle(Target& target, const Shape& shape, std::string_view fields) {
  return judge_smuggling(
      send_bytes(target, post_with(target, fields, shape.body) + hidden_request(target)));
}

Finding hide_in_body(Target& target) {
  const std::string body = hidden_request(target);
  return judge_single_answer(send_bytes(
      target, post_with(target, "Content-Length: " + std::to_string(body.size()) + "\r\n", body)));
}

Finding split_header(Target& target) {
  const auto answer = target.ask({.path = "/?drill=a%0d%0aX-Drill-Split:%20yes"});
  if (answer.status == 0) return unclear("no answer");
  return answer.header("X-Drill-Split").empty() ? held("line breaks made no header")
                                                : failed("a header of its choice came back");
}

void add_shapes(Attacks& attacks, std::span<const Shape> shapes, bool is_chunked) {
  for (const auto& shape : shapes) {
    attacks.push_back({.id = std::string(shape.id),
                       .tries = shape.tries,
                       .severity = DrillSeverity::kHigh,
                       .pace = shape.pace,
                       .next_step = kStep,
                       .run = [&shape, is_chunked](Target& target) {
                         return smuggle(
                             target, shape,
                             is_chunked ? "Transfer-Encoding: chunked\r\n" : shape.fields);
                       }});
  }
}

}  // namespace

Attacks smuggling_attacks() {
  Attacks attacks;
  add_shapes(attacks, kFramings, false);
  add_shapes(attacks, kChunks, true);
  attacks.push_back({.id = "request-in-body",
                     .tries = "hides a second request in a body",
                     .severity = DrillSeverity::kHigh,
                     .pace = Pace::kGentle,
                     .next_step = kStep,
                     .run = hide_in_body});
  attacks.push_back({.id = "header-split",
                     .tries = "breaks a header line of the answer",
                     .severity = DrillSeverity::kHigh,
                     .next_step = "Never put what was asked into a header as it came.",
                     .run = split_header});
  return attacks;
}

}  // namespace gatehouse::operations
