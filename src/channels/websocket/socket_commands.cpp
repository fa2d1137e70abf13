// What a WebSocket's client asks for, and how it is answered.
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/altcha.hpp"
#include "gatehouse/http/problem.hpp"
#include "socket.hpp"

namespace gatehouse::channels {
namespace {

using Kind = SocketCommand::Kind;

// Frames below it are as long when they are deflated.
constexpr std::size_t kLeastDeflatedBytes = 64;

guard::ChallengeSolution view_of(const codec::AltchaSolution& solution) {
  return {.algorithm = solution.algorithm,
          .challenge = solution.challenge,
          .number = solution.number,
          .salt = solution.salt,
          .signature = solution.signature};
}

// Each command counts as the request that it would be over HTTP.
constexpr guard::RouteRules kMessageRules{.endpoint = guard::EndpointClass::kChat};
constexpr guard::RouteRules kOtherRules{.endpoint = guard::EndpointClass::kApi};

}  // namespace

guard::Caller Socket::caller(std::string_view request_id) const {
  return {.request_id = request_id, .client = opening_.client, .principal = &opening_.principal};
}

async::Task<void> Socket::obey(std::string_view text) {
  parts_.counters.add(telemetry::Counter::kSocketMessagesIn);
  idle_ = parts_.worker.in(parts_.settings.idle_timeout);
  std::string request_id = opening_.request_id + "." + std::to_string(++commands_);
  ref_.clear();
  auto command = read_socket_command(json_, text, ref_);
  if (!command) {
    parts_.guards.note_invalid(command.error(), request_id);
    co_return send_problem(command.error(), request_id);
  }
  const bool is_to_be_shown =
      parts_.guards.asks_firewall(guard::EndpointClass::kChat, parts_.settings.policy.get());
  text_ = is_to_be_shown ? std::string(text) : std::string();
  co_await obey(std::move(*command), std::move(request_id));
}

async::Task<void> Socket::obey(SocketCommand command, std::string request_id) {
  if (command.kind == Kind::kPing) co_return send_told("pong");
  if (command.kind == Kind::kUnfollow) {
    followed_.leave(command.conversation_id);
    co_return send_told("unfollowed", command.conversation_id);
  }
  auto done = co_await admit(command, request_id);
  if (done && command.kind == Kind::kMessage) {
    done = co_await take_message(std::move(command), request_id);
  } else if (done && command.kind == Kind::kFollow) {
    done = co_await follow(std::move(command));
  } else if (done) {
    done = co_await stop(std::move(command));
  }
  if (!done) send_problem(done.error(), request_id);
}

async::Task<Result<void>> Socket::admit(const SocketCommand& command,
                                        const std::string& request_id) {
  const bool is_message = command.kind == Kind::kMessage;
  guard::RequestView view{.method = "GET",
                          .path = opening_.path,
                          .host = opening_.host,
                          .origin = opening_.origin,
                          .referer = {},
                          .fetch_site = {},
                          .content_type = {},
                          .content_encoding = {},
                          .user_agent = opening_.user_agent,
                          .request_id = request_id,
                          .is_secure = opening_.is_secure,
                          .client = opening_.client,
                          .route = is_message ? &kMessageRules : &kOtherRules};
  std::optional<codec::AltchaSolution> solution;
  if (!command.challenge.empty()) {
    // What is malformed counts as not sent: a new challenge follows.
    if (auto read = codec::read_altcha_solution(command.challenge)) solution = std::move(*read);
  }
  if (solution) view.challenge_solution = view_of(*solution);
  const auto receipt =
      parts_.guards.admit_again(view, opening_.principal, parts_.settings.policy.get());
  if (!receipt) co_return std::unexpected(receipt.error().as_error());
  if (text_.empty() || !is_message) co_return Result<void>();
  co_return co_await pass_firewall(request_id);
}

// The firewall sees a message as the request that it would be over HTTP.
async::Task<Result<void>> Socket::pass_firewall(const std::string& request_id) {
  guard::FirewallRequest request{.method = "POST",
                                 .target = opening_.path,
                                 .is_http_1_0 = false,
                                 .client = opening_.client.to_string(),
                                 .headers = {{"Host", opening_.host},
                                             {"User-Agent", opening_.user_agent},
                                             {"Accept", "application/json"},
                                             {"Content-Type", "application/json"},
                                             {"Content-Length", std::to_string(text_.size())}},
                                 .body = std::move(text_)};
  text_.clear();
  const guard::Policy policy = parts_.settings.policy.get();  // should it be replaced meanwhile
  const auto refusal = co_await parts_.guards.check_firewall(parts_.worker, std::move(request),
                                                             policy, caller(request_id));
  if (refusal) co_return std::unexpected(refusal->as_error());
  co_return Result<void>();
}

async::Task<Result<void>> Socket::take_message(SocketCommand command, std::string request_id) {
  std::string limit_lines;  // there is no head to carry them
  auto message = parts_.reception.admit(std::move(command.message), caller(request_id), "ws",
                                        opening_.languages, limit_lines);
  if (!message) co_return std::unexpected(message.error());
  const std::string id = parts_.reception.conversation_of(*message);
  if (!followed_.has_room_for(id)) {
    co_return fail(ErrorCode::kConflict,
                   "This connection follows 8 conversations. Leave one, or wait for a reply.");
  }
  const auto reader = followed_.make_reader();
  const auto accepted = co_await parts_.reception.send(std::move(*message), id, reader);
  if (!accepted) {
    reader->changed().observe(nullptr);
    co_return std::unexpected(accepted.error());
  }
  followed_.add(id, reader, Followed::Until::kReplyEnds);
  wake_.set();
  co_return Result<void>();
}

async::Task<Result<void>> Socket::follow(SocketCommand command) {
  const std::string id = std::move(command.conversation_id);
  if (!followed_.has_room_for(id)) {
    co_return fail(ErrorCode::kConflict,
                   "This connection follows 8 conversations. Leave one first.");
  }
  const auto reader = followed_.make_reader();
  const auto joined = co_await parts_.reception.follow(chat::owner_of(opening_.principal), id,
                                                       std::move(command.after), reader);
  if (!joined) {
    reader->changed().observe(nullptr);
    co_return std::unexpected(joined.error());
  }
  // From another place than before, perhaps.
  followed_.leave(id);
  followed_.add(id, reader, Followed::Until::kLeft);
  const std::string position = reader->epoch + "-" + std::to_string(reader->joined_at);
  send_told("followed", id, position);
  if (!reader->begin_notice.empty()) send_notice("reset", id, position, reader->begin_notice);
  wake_.set();
  co_return Result<void>();
}

async::Task<Result<void>> Socket::stop(SocketCommand command) {
  auto stopped =
      co_await parts_.reception.stop(chat::owner_of(opening_.principal), command.conversation_id);
  if (stopped) send_told("stopped", command.conversation_id);
  co_return stopped;
}

void Socket::send(std::string_view text) {
  parts_.counters.add(telemetry::Counter::kSocketMessagesOut);
  std::string small;
  if (deflater_ && text.size() >= kLeastDeflatedBytes && deflater_->deflate(text, small))
    return codec::append_websocket_frame(out_, codec::WebSocketOpcode::kText, small, true);
  codec::append_websocket_frame(out_, codec::WebSocketOpcode::kText, text);
}

void Socket::send_told(std::string_view type, std::string_view conversation_id,
                       std::string_view id) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().member("type", type);
  if (!id.empty()) json.member("id", id);
  if (!conversation_id.empty()) json.member("conversation_id", conversation_id);
  if (!ref_.empty()) json.member("ref", ref_);
  json.end_object();
  send(text);
}

void Socket::send_notice(std::string_view type, std::string_view conversation_id,
                         std::string_view id, std::string_view reason) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().member("type", type);
  if (!id.empty()) json.member("id", id);
  json.member("conversation_id", conversation_id)
      .key("data")
      .raw(chat::encode_notice(type, reason).data)
      .end_object();
  send(text);
}

void Socket::send_problem(const Error& error, std::string_view request_id) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().member("type", "error");
  if (!ref_.empty()) json.member("ref", ref_);
  json.key("problem").raw(http::problem_json(error, request_id)).end_object();
  send(text);
}

}  // namespace gatehouse::channels
