#include "hostile_upstream.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/http1_head.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/codec/sse.hpp"

namespace gatehouse::operations {
namespace {

using net::IoResult;

constexpr std::size_t kMostBytes = 8 * 1024 * 1024;  // of one question

// The beginning of what both forms of an answer share.
void begin_answer(JsonWriter& json, std::string_view object) {
  json.begin_object()
      .member("id", "chatcmpl-drill")
      .member("object", object)
      .member("created", std::uint64_t{1'700'000'000})
      .member("model", "drill")
      .key("choices")
      .begin_array()
      .begin_object()
      .member("index", std::uint64_t{0});
}

std::string whole_answer(const UpstreamScript& script) {
  std::string text;
  for (const auto& delta : script.deltas) text += delta;
  std::string body;
  JsonWriter json(body);
  begin_answer(json, "chat.completion");
  json.key("message").begin_object().member("role", "assistant");
  json.member("content", script.is_reasoning ? std::string_view() : std::string_view(text));
  if (script.is_reasoning) json.member("reasoning_content", text);
  json.end_object().member("finish_reason", "stop").end_object().end_array().end_object();
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string streamed_answer(const UpstreamScript& script) {
  std::string out =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
  const auto add = [&](std::string_view name, std::string_view text, bool is_last) {
    std::string data;
    JsonWriter json(data);
    begin_answer(json, "chat.completion.chunk");
    json.key("delta").begin_object();
    if (!is_last) json.member(name, text);
    json.end_object().key("finish_reason");
    if (is_last) {
      json.string("stop");
    } else {
      json.null();
    }
    json.end_object().end_array().end_object();
    codec::append_sse_event(out, {}, {}, data);
  };
  for (const auto& delta : script.deltas)
    add(script.is_reasoning ? "reasoning_content" : "content", delta, false);
  add({}, {}, true);
  return out + "data: [DONE]\n\n";
}

}  // namespace

Result<void> HostileUpstream::open(async::TaskGroup& tasks, std::uint16_t port) {
  auto listener =
      net::Listener::open(worker_, {.address = *IpAddress::parse("127.0.0.1"), .port = port});
  if (!listener) return std::unexpected(listener.error());
  listener_ = std::move(*listener);
  tasks.spawn("upstream", listener_->run([this, &tasks](int descriptor, const net::Endpoint&) {
    tasks.spawn("question", serve(descriptor));
  }));
  return {};
}

void HostileUpstream::close() {
  if (listener_) listener_->close();
  for (auto* const stream : connections_) stream->close();
}

UpstreamSeen HostileUpstream::play(UpstreamScript script) {
  script_ = std::move(script);
  return std::exchange(seen_, {});
}

async::Task<void> HostileUpstream::serve(int descriptor) {
  auto stream = net::SocketStream::adopt(worker_, descriptor);
  if (!stream) co_return;
  connections_.push_back(stream->get());
  std::string in;
  bool goes_on = true;
  while (goes_on) goes_on = co_await answer_one(**stream, in);
  std::erase(connections_, stream->get());
}

std::string HostileUpstream::answer_to(std::string_view question) const {
  codec::JsonReader reader;
  const auto json = reader.read(question);
  const bool is_streamed = json && (*json)["stream"].boolean().value_or(false);
  return is_streamed ? streamed_answer(script_) : whole_answer(script_);
}

async::Task<bool> HostileUpstream::answer_one(net::ByteStream& stream, std::string& in) {
  codec::HeadScanner scanner;
  codec::RequestHead head;
  bool has_head = false;
  while (true) {
    if (!has_head && scanner.scan(in) == codec::HeadScanner::State::kComplete) {
      if (codec::parse_request_head(std::string_view(in).substr(0, scanner.head_bytes()), {}, head))
        co_return false;
      has_head = true;
    }
    if (has_head && in.size() >= scanner.head_bytes() + head.content_length) break;
    std::array<char, 16 * 1024> piece;
    const IoResult io = stream.try_read(piece);
    if (io.kind == IoResult::Kind::kBlocked) {
      co_await stream.wait_readable(Deadline::never());
      continue;
    }
    if (io.kind != IoResult::Kind::kDone || in.size() > kMostBytes) co_return false;
    in.append(piece.data(), io.bytes);
  }
  const auto body = static_cast<std::size_t>(head.content_length);
  const std::string answer = answer_to(std::string_view(in).substr(scanner.head_bytes(), body));
  ++seen_.questions;
  in.erase(0, scanner.head_bytes() + body);
  for (std::string_view rest = answer; !rest.empty();) {
    const IoResult io = stream.try_write(rest);
    if (io.kind == IoResult::Kind::kDone) rest.remove_prefix(io.bytes);
    if (io.kind == IoResult::Kind::kBlocked) co_await stream.wait_writable(Deadline::never());
    if (io.kind == IoResult::Kind::kFailed || io.kind == IoResult::Kind::kEnd) co_return false;
  }
  co_return answer.find("Connection: close") == std::string::npos;
}

}  // namespace gatehouse::operations
