#include "socket_command.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::channels {
namespace {

using Kind = SocketCommand::Kind;

constexpr std::size_t kMaxRefBytes = 64;
constexpr std::array<std::string_view, 3> kBesideMessage = {"type", "ref", "challenge"};
constexpr std::array<std::string_view, 4> kOfFollow = {"type", "ref", "conversation_id",
                                                       "last_event_id"};
constexpr std::array<std::string_view, 3> kOfConversation = {"type", "ref", "conversation_id"};
constexpr std::array<std::string_view, 2> kOfPing = {"type", "ref"};

struct Name {
  std::string_view name;
  Kind kind;
};
constexpr std::array<Name, 5> kNames = {{{"message", Kind::kMessage},
                                         {"follow", Kind::kFollow},
                                         {"unfollow", Kind::kUnfollow},
                                         {"stop", Kind::kStop},
                                         {"ping", Kind::kPing}}};

Result<void> read_text(const codec::JsonValue& body, std::string_view name, std::size_t most_bytes,
                       std::string& out) {
  const codec::JsonValue value = body[name];
  if (!value.is_given()) return {};
  const auto text = value.string();
  if (!text || text->size() > most_bytes) {
    return fail_field(std::string(name), std::string(name) + " is a string of at most " +
                                             std::to_string(most_bytes) + " bytes.");
  }
  out = *text;
  return {};
}

Result<void> read_message(const codec::JsonValue& body, SocketCommand& command) {
  constexpr std::size_t kMaxChallengeBytes = 1024;
  auto message = chat::read_message_request(body, kBesideMessage);
  if (!message) return std::unexpected(message.error());
  command.message = std::move(*message);
  return read_text(body, "challenge", kMaxChallengeBytes, command.challenge);
}

Result<void> read_position(const codec::JsonValue& body, SocketCommand& command) {
  constexpr std::size_t kMaxPositionBytes = 64;
  std::string text;
  if (auto read = read_text(body, "last_event_id", kMaxPositionBytes, text); !read) return read;
  if (text.empty()) return {};
  auto position = chat::StreamPosition::parse(text);
  if (!position) {
    Error error = position.error();
    error.field = "last_event_id";
    return std::unexpected(std::move(error));
  }
  command.after = std::move(*position);
  return {};
}

Result<void> read_members(const codec::JsonValue& body, SocketCommand& command) {
  if (command.kind == Kind::kMessage) return read_message(body, command);
  if (command.kind == Kind::kPing) return codec::check_members(body, kOfPing);
  const bool is_follow = command.kind == Kind::kFollow;
  auto known = is_follow ? codec::check_members(body, kOfFollow)
                         : codec::check_members(body, kOfConversation);
  if (!known) return known;
  if (auto read = chat::read_uuid_member(body, "conversation_id", command.conversation_id); !read)
    return read;
  if (command.conversation_id.empty())
    return fail_field("conversation_id", "conversation_id says which conversation.");
  return is_follow ? read_position(body, command) : Result<void>();
}

}  // namespace

Result<SocketCommand> read_socket_command(codec::JsonReader& reader, std::string_view text,
                                          std::string& ref) {
  const auto body = reader.read(text);
  if (!body) return std::unexpected(body.error());
  if (!body->is_object()) return fail(ErrorCode::kInvalid, "A message must be a JSON object.");
  if (auto read = read_text(*body, "ref", kMaxRefBytes, ref); !read)
    return std::unexpected(read.error());
  const auto type = (*body)["type"].string_or_empty();
  const auto found = std::ranges::find(kNames, type, &Name::name);
  if (found == kNames.end())
    return fail_field("type", "type is message, follow, unfollow, stop or ping.");
  SocketCommand command{.kind = found->kind};
  if (auto read = read_members(*body, command); !read) return std::unexpected(read.error());
  return command;
}

}  // namespace gatehouse::channels
