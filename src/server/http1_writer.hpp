// Responses as HTTP/1.1 bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/http/message.hpp"
#include "gatehouse/net/byte_stream.hpp"
#include "gatehouse/server/limits.hpp"
#include "gatehouse/server/pipeline_settings.hpp"
#include "gatehouse/telemetry/counters.hpp"

namespace gatehouse::server {

// What every response of a request carries beside its own headers.
struct ResponseTerms {
  std::string lines;       // prepared "name: value\r\n" lines: limits, CORS
  std::string request_id;  // owned: the pipeline's is another request's once this one waits
  std::shared_ptr<const PipelineSettings> settings;  // keeps the next two
  std::string_view common_lines;                     // the same for all responses: security headers
  std::string_view default_csp;                      // unless the handler sets its own
  bool is_head = false;
  bool is_http_1_0 = false;
  bool keeps_alive = true;  // the writer may set it to false
};

// The Date field of a worker's responses (RFC 9110 §6.6.1), made anew once a second. The wall clock
// is read only then.
class DateLine {
 public:
  explicit DateLine(const Clock& clock) : clock_(clock) {}
  std::string_view get(TimePoint now);

 private:
  const Clock& clock_;
  std::string line_;
  TimePoint holds_until_ = TimePoint::min();
};

// One per connection, used for one request after the other.
class Http1Writer final : public http::ResponseWriter {
 public:
  Http1Writer(async::Worker& worker, net::ByteStream& stream, const ServerLimits& limits,
              telemetry::Counters& counters, DateLine& date)
      : worker_(worker), stream_(stream), limits_(limits), counters_(counters), date_(date) {}

  void begin(ResponseTerms terms);
  // Those of the last request, for the next one: what they hold room for is used again.
  ResponseTerms take_spare_terms() { return std::move(terms_); }
  bool is_complete() const { return state_ == State::kComplete; }
  bool keeps_alive() const { return terms_.keeps_alive; }
  std::uint16_t status() const { return status_; }
  std::string_view request_id() const { return terms_.request_id; }
  // The connection ends after this response; before the head is written.
  void close_after() { terms_.keeps_alive = false; }
  void add_line(std::string_view name_and_colon, std::string_view value) {
    terms_.lines.append(name_and_colon).append(value).append("\r\n");
  }
  void add_header_lines(std::string_view lines) override { terms_.lines += lines; }
  // The last thing that is said in HTTP here.
  void switch_protocols(const http::ResponseHead& head);
  void write_interim(std::string_view bytes) { out_ += bytes; }

  void send(const http::ResponseHead& head, std::string_view body) override;
  void start(const http::ResponseHead& head) override;
  void write(std::string_view data) override;
  async::Task<Result<void>> flush() override;
  void flush_now() override;
  void finish() override;
  bool has_started() const override { return state_ != State::kNew; }
  async::Cancellation& client_left() override { return *client_left_; }
  async::Cancellation& draining() override { return *draining_; }

 private:
  enum class State : std::uint8_t { kNew, kStreaming, kComplete };
  void write_head(const http::ResponseHead& head);

  async::Worker& worker_;
  net::ByteStream& stream_;
  const ServerLimits& limits_;
  telemetry::Counters& counters_;
  DateLine& date_;
  ResponseTerms terms_;
  std::string out_;
  std::uint16_t status_ = 0;
  State state_ = State::kNew;
  bool is_chunked_ = false;
  bool is_flushing_ = false;
  std::optional<async::Cancellation> client_left_;
  std::optional<async::Cancellation> draining_;
};

}  // namespace gatehouse::server
