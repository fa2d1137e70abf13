#include "answer.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/chunked.hpp"
#include "gatehouse/codec/header_values.hpp"
#include "gatehouse/codec/http1_head.hpp"

namespace gatehouse::operations {
namespace {

constexpr codec::HeadLimits kLoose{.header_bytes = 256 * 1024, .header_count = 128};

// Takes the body from the front of `rest`.
void read_body(const codec::ResponseHead& head, bool is_end, std::string_view& rest, Answer& out) {
  switch (head.framing) {
    case codec::BodyFraming::kNone:
      out.is_whole = true;
      return;
    case codec::BodyFraming::kLength:
      out.is_whole = rest.size() >= head.content_length;
      out.body = rest.substr(
          0, static_cast<std::size_t>(std::min<std::uint64_t>(head.content_length, rest.size())));
      break;
    case codec::BodyFraming::kChunked: {
      codec::ChunkedDecoder decoder;
      auto step = codec::ChunkedDecoder::Step{};
      std::size_t used = 0;
      do {
        step = decoder.decode(rest.substr(used));
        out.body += step.data;
        used += step.consumed;
      } while (step.state == codec::ChunkedDecoder::State::kMore && step.consumed > 0);
      out.is_whole = step.state == codec::ChunkedDecoder::State::kDone;
      rest.remove_prefix(used);
      return;
    }
    case codec::BodyFraming::kUntilClose:
      out.body = rest;
      out.is_whole = is_end;
      break;
  }
  rest.remove_prefix(out.body.size());
}

}  // namespace

std::string_view Answer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

std::string Answer::joined(std::string_view name) const {
  std::string all;
  for (const auto& [key, value] : headers) {
    if (!equals_ignoring_case(key, name)) continue;
    if (!all.empty()) all += ", ";
    all += value;
  }
  return all;
}

bool Answer::is_html() const {
  return equals_ignoring_case(codec::media_type_of(header("Content-Type")), "text/html");
}

const Answer& Exchange::first() const {
  static const Answer kNone;
  return answers.empty() ? kNone : answers.front();
}

std::vector<Answer> read_answers(std::string_view bytes, bool is_reply_to_head, bool is_end) {
  std::vector<Answer> answers;
  while (!bytes.empty()) {
    codec::HeadScanner scanner;
    const auto state = scanner.scan(bytes);
    if (state == codec::HeadScanner::State::kMore && !is_end) return answers;
    Answer answer;
    codec::ResponseHead head;
    const bool is_readable = state == codec::HeadScanner::State::kComplete &&
                             !codec::parse_response_head(bytes.substr(0, scanner.head_bytes()),
                                                         kLoose, is_reply_to_head, head);
    if (!is_readable) {  // kept, so that it is seen that something came
      answer.body = bytes;
      answer.is_whole = true;
      answers.push_back(std::move(answer));
      return answers;
    }
    answer.status = head.status;
    for (std::size_t i = 0; i < head.size(); ++i)
      answer.headers.emplace_back(head.name(i), head.value(i));
    bytes.remove_prefix(scanner.head_bytes());
    if (head.status < 200 && head.status != 101) continue;
    read_body(head, is_end, bytes, answer);
    answers.push_back(std::move(answer));
    if (!answers.back().is_whole) return answers;
  }
  return answers;
}

}  // namespace gatehouse::operations
