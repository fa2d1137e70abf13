#include "gatehouse/operations/audit_export.hpp"

#include <algorithm>
#include <cstring>

#include "columns.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::operations {
namespace {

using audit::ChainLink;
using audit::Checkpoint;
using codec::JsonValue;

constexpr std::string_view kForm = "gatehouse_audit";
constexpr std::uint64_t kVersion = 1;

template <std::size_t Size>
std::optional<std::array<unsigned char, Size>> bytes_in(const std::string& bytes) {
  std::array<unsigned char, Size> out{};
  if (bytes.size() != Size) return std::nullopt;
  std::memcpy(out.data(), bytes.data(), Size);
  return out;
}

std::optional<crypto::Digest> read_digest(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = hex_value(hex[i]);
    const int low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>((high << 4) | low);
  }
  return hex.size() % 2 == 0 ? bytes_in<32>(bytes) : std::nullopt;
}

std::unexpected<Error> no_export(std::size_t line) {
  return fail(ErrorCode::kInvalid, "Line " + std::to_string(line) + " is not of an export.");
}

// What is signed is the line without its signature, so the text of the time is kept as it stands.
struct SignedLine {
  Checkpoint checkpoint;
  std::string signed_text;
};

std::optional<SignedLine> read_checkpoint(const JsonValue& line, std::string_view text) {
  constexpr std::string_view kBeforeSignature = ",\"signature\":";
  const auto digest = read_digest(line["digest"].string_or_empty());
  const auto decoded = from_base64url(line["signature"].string_or_empty());
  const auto at = text.rfind(kBeforeSignature);
  if (!digest || !decoded || at == std::string_view::npos) return std::nullopt;
  const auto signature = bytes_in<64>(*decoded);
  if (!signature) return std::nullopt;
  return SignedLine{.checkpoint = {.site = std::string(line["site"].string_or_empty()),
                                   .sequence = line["checkpoint"].natural().value_or(0),
                                   .digest = *digest,
                                   .signature = *signature},
                    .signed_text = std::string(text.substr(0, at)) + "}"};
}

struct Export {
  std::string site;
  std::optional<crypto::PublicKey> key;
  std::vector<ChainLink> links;
  std::vector<SignedLine> checkpoints;
};

bool read_line(const JsonValue& line, std::string_view text, Export& out) {
  const auto site = line["site"].string();
  if (!site) return false;
  if (!out.key) {
    out.site = *site;
    out.key = read_public_key(line["public_key"].string_or_empty());
    return out.key.has_value() && line[kForm].natural() == kVersion;
  }
  if (*site != out.site) return false;
  if (line["checkpoint"].exists()) {
    auto checkpoint = read_checkpoint(line, text);
    if (checkpoint) out.checkpoints.push_back(std::move(*checkpoint));
    return checkpoint.has_value();
  }
  const auto sequence = line["sequence"].natural();
  const auto previous = read_digest(line["previous"].string_or_empty());
  if (!sequence || !previous) return false;
  out.links.push_back(
      {.sequence = *sequence, .previous = *previous, .digest = crypto::sha256(text)});
  return true;
}

Result<Export> read_export(std::string_view text) {
  codec::JsonReader reader({.depth = 2});
  Export out;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const auto value = reader.read(line);
    if (!value || !value->is_object() || !read_line(*value, line, out)) return no_export(number);
  }
  if (!out.key) return no_export(1);
  return out;
}

}  // namespace

std::string public_key_text(const crypto::PublicKey& key) {
  return to_base64url(crypto::as_text(key));
}

std::optional<crypto::PublicKey> read_public_key(std::string_view text) {
  const auto bytes = from_base64url(text);
  if (!bytes) return std::nullopt;
  return bytes_in<32>(*bytes);
}

std::string export_header(std::string_view site, const crypto::PublicKey& key) {
  std::string line;
  JsonWriter(line)
      .begin_object()
      .member(kForm, kVersion)
      .member("site", site)
      .member("public_key", public_key_text(key))
      .end_object();
  return line;
}

Result<audit::Proof> verify_export(std::string_view text,
                                   std::optional<crypto::PublicKey> trusted_key) {
  const auto read = read_export(text);
  if (!read) return std::unexpected(read.error());
  const crypto::PublicKey& key = *read->key;
  if (trusted_key && *trusted_key != key)
    return fail(ErrorCode::kConflict, "It was exported by an installation with another key.");
  std::vector<Checkpoint> checkpoints;
  for (const auto& each : read->checkpoints) {
    if (!crypto::is_signature(each.checkpoint.signature, each.signed_text, key)) {
      return fail(ErrorCode::kConflict, "Checkpoint " + std::to_string(each.checkpoint.sequence) +
                                            " was not signed with that key, or was changed.");
    }
    checkpoints.push_back(each.checkpoint);
  }
  audit::Verifier verifier(std::move(checkpoints), std::nullopt);
  for (const auto& link : read->links) {
    if (auto added = verifier.add(link); !added) return std::unexpected(added.error());
  }
  return verifier.finish();
}

std::string table_row(const audit::Record& record) {
  const auto& event = record.event;
  constexpr std::size_t kSequenceWidth = 7;
  constexpr std::size_t kTimeWidth = 26;
  constexpr std::size_t kOutcomeWidth = 9;
  constexpr std::size_t kActionWidth = 24;
  std::string row = padded(std::to_string(record.sequence), kSequenceWidth) +
                    padded(to_rfc3339(event.at), kTimeWidth) +
                    padded(audit::name_of(event.outcome), kOutcomeWidth) +
                    padded(event.action, kActionWidth) + event.actor;
  if (!event.subject.empty() && event.subject != event.actor) row += " -> " + event.subject;
  if (!event.client.empty()) row += "  from " + event.client;
  if (!event.detail.empty()) row += "  (" + event.detail + ")";
  return row + "\n";
}

}  // namespace gatehouse::operations
