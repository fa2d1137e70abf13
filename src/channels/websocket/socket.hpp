// One open WebSocket.
#pragma once

#include <optional>
#include <string>

#include "followed.hpp"
#include "gatehouse/channels/websocket/websocket_channel.hpp"
#include "gatehouse/http/upgrade.hpp"
#include "socket_command.hpp"

namespace gatehouse::channels {

// What is kept of the request that a socket began with.
struct SocketOpening {
  std::string request_id;
  IpAddress client;
  Principal principal;
  std::string path;
  std::string host;
  std::string origin;
  std::string user_agent;
  std::string languages;  // Accept-Language
  bool is_secure = false;
};

// Reads commands and writes events in one loop that waits for either; lives in its handler's frame.
// A client that doesn't read is not read from either, and what waits for it is bounded: 64 KB here
// and a queue for each conversation it follows. Each refusal is a frame; what breaks the protocol,
// a limit or the terms ends the socket with a close code that says so.
class Socket final : private async::Signal::Observer {
 public:
  Socket(const WebSocketParts& parts, codec::JsonReader& reader, SocketOpening opening,
         const std::optional<codec::WebSocketDeflate>& deflate, http::Upgraded upgraded);
  ~Socket();

  // Until either side ends it, or `draining` is cancelled.
  async::Task<void> run(async::Cancellation& draining);
  // After an exception: says 1011 as far as that needs no waiting.
  void break_off();

 private:
  enum class Input : std::uint8_t { kNothing, kMessage, kMore };

  void signal_was_set() override { wake_.set(); }
  // Reading
  async::Task<void> read_input();
  Input next_input(codec::WebSocketEvent& event, std::size_t& taken_bytes);
  void receive(const codec::WebSocketEvent& event);
  bool is_too_fast();
  async::Task<void> yield();
  // What is asked for
  async::Task<void> obey(std::string_view text);
  async::Task<void> obey(SocketCommand command, std::string request_id);
  async::Task<Result<void>> admit(const SocketCommand& command, const std::string& request_id);
  async::Task<Result<void>> pass_firewall(const std::string& request_id);
  async::Task<Result<void>> take_message(SocketCommand command, std::string request_id);
  async::Task<Result<void>> follow(SocketCommand command);
  async::Task<Result<void>> stop(SocketCommand command);
  guard::Caller caller(std::string_view request_id) const;
  // Writing
  void send(std::string_view text);
  void send_told(std::string_view type, std::string_view conversation_id = {},
                 std::string_view id = {});
  void send_notice(std::string_view type, std::string_view conversation_id, std::string_view id,
                   std::string_view reason);
  void send_problem(const Error& error, std::string_view request_id);
  void collect_events();
  void keep_time();
  void check_terms();
  void close(std::uint16_t code, std::string_view reason);
  void note_close(std::uint16_t code);
  async::Task<void> flush();
  Deadline next_deadline() const;

  const WebSocketParts& parts_;
  codec::JsonReader& json_;
  const SocketOpening opening_;
  net::ByteStream& stream_;
  async::Signal wake_;
  codec::WebSocketReader reader_;
  std::optional<codec::MessageDeflater> deflater_;
  Followed followed_;
  std::string received_;
  std::size_t used_ = 0;  // of it
  std::string out_;
  std::string ref_;   // of the command at hand
  std::string text_;  // the same, where the firewall is to see it
  std::uint64_t commands_ = 0;
  bool is_restarting_ = false;
  bool has_more_input_ = false;
  bool has_more_events_ = false;
  bool is_over_ = false;
  bool is_closing_ = false;  // a close is said, or the client has gone
  Deadline next_ping_;
  Deadline pong_due_ = Deadline::never();
  Deadline next_check_;
  const Deadline lifetime_;
  Deadline idle_;
  TimePoint second_began_{};
  std::uint32_t in_second_ = 0;
};

}  // namespace gatehouse::channels
