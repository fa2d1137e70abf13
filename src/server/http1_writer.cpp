#include "http1_writer.hpp"

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/chunked.hpp"

namespace gatehouse::server {
namespace {

bool has_no_body(std::uint16_t status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::string_view DateLine::get(TimePoint now) {
  if (now >= holds_until_) {
    const WallTime wall = clock_.wall();
    line_ = "Date: " + to_http_date(wall) + "\r\n";
    holds_until_ = now + std::chrono::milliseconds(1000 - unix_ms(wall) % 1000);
  }
  return line_;
}

void Http1Writer::begin(ResponseTerms terms) {
  terms_ = std::move(terms);
  state_ = State::kNew;
  status_ = 0;
  client_left_.emplace();
  draining_.emplace();
}

void Http1Writer::write_head(const http::ResponseHead& head) {
  status_ = head.status;
  const auto family =
      static_cast<unsigned>(telemetry::Counter::kResponses2xx) + head.status / 100U - 2;
  if (head.status >= 200) counters_.add(static_cast<telemetry::Counter>(family));
  out_ += "HTTP/1.1 ";
  append_number(out_, head.status);
  out_.append(" ").append(http::reason_phrase(head.status)).append("\r\n");
  out_.append(head.headers.lines()).append(terms_.common_lines).append(terms_.lines);
  if (head.headers.get("Content-Security-Policy").empty()) out_.append(terms_.default_csp);
  out_.append(date_.get(worker_.now()))
      .append("X-Request-Id: ")
      .append(terms_.request_id)
      .append("\r\n");
}

void Http1Writer::send(const http::ResponseHead& head, std::string_view body) {
  write_head(head);
  if (!has_no_body(head.status)) {
    out_ += "Content-Length: ";
    append_number(out_, body.size());
    out_ += "\r\n";
  }
  if (!terms_.keeps_alive) out_ += "Connection: close\r\n";
  out_ += "\r\n";
  if (!terms_.is_head && !has_no_body(head.status)) out_ += body;
  state_ = State::kComplete;
}

void Http1Writer::start(const http::ResponseHead& head) {
  write_head(head);
  is_chunked_ = !terms_.is_http_1_0;
  if (!is_chunked_)
    terms_.keeps_alive = false;  // HTTP/1.0 knows the end of a stream by the connection's
  if (is_chunked_) out_ += "Transfer-Encoding: chunked\r\n";
  if (!terms_.keeps_alive) out_ += "Connection: close\r\n";
  out_ += "\r\n";
  state_ = State::kStreaming;
}

void Http1Writer::switch_protocols(const http::ResponseHead& head) {
  write_head(head);
  out_ += "Connection: Upgrade\r\n\r\n";
  terms_.keeps_alive = false;
  state_ = State::kComplete;
}

void Http1Writer::write(std::string_view data) {
  if (data.empty() || terms_.is_head) return;
  if (is_chunked_) {
    codec::append_chunk(out_, data);
  } else {
    out_ += data;
  }
}

void Http1Writer::finish() {
  if (is_chunked_ && !terms_.is_head) out_ += codec::kLastChunk;
  state_ = State::kComplete;
}

void Http1Writer::flush_now() {
  if (is_flushing_) return;  // whoever waits there sends it
  const net::IoResult io = stream_.try_write(out_);
  if (io.kind == net::IoResult::Kind::kDone) out_.erase(0, io.bytes);
}

async::Task<Result<void>> Http1Writer::flush() {
  // What is written meanwhile is sent too, so the position is kept and not a view.
  std::size_t sent = 0;
  is_flushing_ = true;
  while (sent < out_.size()) {
    const net::IoResult io = stream_.try_write(std::string_view(out_).substr(sent));
    if (io.kind == net::IoResult::Kind::kDone) {
      sent += io.bytes;
      continue;
    }
    bool has_left = io.kind != net::IoResult::Kind::kBlocked;
    if (!has_left) {
      const auto wake = co_await stream_.wait_writable(worker_.in(limits_.write_timeout));
      has_left = wake == async::Wake::kTimedOut;
    }
    if (has_left) {
      is_flushing_ = false;
      out_.clear();
      terms_.keeps_alive = false;
      if (client_left_) client_left_->cancel();
      co_return fail(ErrorCode::kCancelled, "The client has left.");
    }
  }
  is_flushing_ = false;
  out_.clear();
  co_return Result<void>();
}

}  // namespace gatehouse::server
