#include "n8n_reader.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"

namespace gatehouse::responders {
namespace {

using codec::JsonValue;

constexpr std::size_t kMaxWholeBytes = 8 * 1024 * 1024;
constexpr std::size_t kMaxHeldBytes = 1024 * 1024;
constexpr std::size_t kMaxParts = 64;
constexpr unsigned kMaxDepth = 6;
constexpr std::string_view kParagraph = "\n\n";
constexpr std::array<std::string_view, 4> kTypes = {"begin", "item", "end", "error"};
// In n8n's order; the last is what model nodes name it within the others.
constexpr std::array<std::string_view, 4> kTextNames = {"output", "text", "message", "content"};

std::unexpected<N8nFault> fault(std::string_view diagnosis, std::string detail = {}) {
  return std::unexpected(N8nFault{.diagnosis = diagnosis, .detail = std::move(detail)});
}

bool has_text_name(const JsonValue& value) {
  return std::ranges::any_of(kTextNames,
                             [&](std::string_view name) { return value[name].is_given(); });
}

bool is_chunk(const JsonValue& value) {
  return value["metadata"].is_object() &&
         std::ranges::find(kTypes, value["type"].string_or_empty()) != kTypes.end();
}

// Both are what n8n says of a run, not what the workflow says.
std::string_view fault_in(const JsonValue& answer) {
  if (answer["executionStarted"].boolean().value_or(false)) return diagnosis::kStartedOnly;
  const auto message = answer["message"].string_or_empty();
  if (message == "Workflow was started") return diagnosis::kStartedOnly;
  return message == "Error in workflow" ? diagnosis::kNodeFailed : std::string_view();
}

}  // namespace

void N8nReader::say(std::string_view speaker, std::string_view text) {
  if (text.empty()) return;
  if (!has_started_) sink_.push(chat::ReplyStart{.responder = "n8n", .model = {}});
  chat::ReplyDelta delta;
  if (has_started_ && speaker != speaker_) delta.text = kParagraph;
  delta.text += text;
  sink_.push(std::move(delta));
  has_started_ = true;
  speaker_ = speaker;
}

N8nReader::Part* N8nReader::part_of(const JsonValue& metadata) {
  std::string key(metadata["nodeId"].string_or_empty());
  key += '#';
  append_number(key, metadata["runIndex"].natural().value_or(0));
  const auto found = std::ranges::find_if(
      parts_, [&](const Part& each) { return !each.has_ended && each.key == key; });
  if (found != parts_.end()) return &*found;
  if (parts_.size() == kMaxParts) return nullptr;
  return &parts_.emplace_back(Part{.key = std::move(key)});
}

N8nReader::Read N8nReader::hear(Part& part, std::string_view text) {
  if (&part == &parts_.front()) {
    say(part.key, text);
    return {};
  }
  held_bytes_ += text.size();
  if (held_bytes_ > kMaxHeldBytes) return fault(diagnosis::kTooLarge);
  part.held += text;
  return {};
}

void N8nReader::finish_ended_parts() {
  while (!parts_.empty() && parts_.front().has_ended) {
    parts_.erase(parts_.begin());
    if (parts_.empty()) return;
    Part& next = parts_.front();
    held_bytes_ -= next.held.size();
    say(next.key, std::exchange(next.held, {}));
  }
}

N8nReader::Read N8nReader::read_chunk(const JsonValue& chunk) {
  const JsonValue metadata = chunk["metadata"];
  const auto type = chunk["type"].string_or_empty();
  if (type == "error") {
    std::string detail("the node ");
    detail += metadata["nodeName"].string_or_empty();
    return fault(diagnosis::kNodeFailed, std::move(detail));
  }
  Part* const part = part_of(metadata);
  if (part == nullptr) return fault(diagnosis::kTooLarge, "too many nodes speak at once");
  if (type == "item") return hear(*part, chunk["content"].string_or_empty());
  if (type == "end") {
    part->has_ended = true;
    finish_ended_parts();
  }
  return {};
}

N8nReader::Read N8nReader::read_line(std::string_view line) {
  const auto value = json_.read(line);
  if (value && is_chunk(*value)) return read_chunk(*value);
  if (value) return {};  // what later versions may tell beside the text
  if (looks_like_page(line)) return fault(diagnosis::kPage);
  if (line.starts_with('{') || !scan_utf8(line).is_valid) return fault(diagnosis::kNotText);
  say(speaker_, line);
  return {};
}

N8nReader::Read N8nReader::read_lines(std::string_view piece) {
  std::string_view line;
  while (parser_.next(piece, line)) {
    if (auto read = read_line(line); !read) return read;
  }
  if (parser_.has_failed()) return fault(diagnosis::kTooLarge);
  return {};
}

bool N8nReader::begins_as_stream() {
  const auto text = trim(whole_);
  const auto value = json_.read(text.substr(0, text.find('\n')));
  return value && is_chunk(*value);
}

N8nReader::Read N8nReader::read(std::string_view piece) {
  if (form_ == Form::kLines) return read_lines(piece);
  if (whole_.size() + piece.size() > kMaxWholeBytes) return fault(diagnosis::kTooLarge);
  whole_ += piece;
  if (form_ == Form::kWhole || !piece.contains('\n')) return {};
  const auto begin = whole_.find_first_not_of(" \t\r\n");
  if (whole_.find('\n', begin) == std::string::npos) return {};
  form_ = begins_as_stream() ? Form::kLines : Form::kWhole;
  if (form_ == Form::kWhole) return {};
  return read_lines(std::exchange(whole_, {}));
}

N8nReader::Read N8nReader::end_lines() {
  std::string_view line;
  if (parser_.last(line)) {
    if (auto read = read_line(line); !read) return read;
  }
  if (!parts_.empty()) return fault(diagnosis::kBrokeOff);
  if (!has_started_) return fault(diagnosis::kSilentStream);
  return {};
}

// False where there is no text in it.
bool N8nReader::add_text_of(const JsonValue& value, unsigned depth, std::string& text) const {
  if (depth == kMaxDepth) return false;
  if (value.is_string()) {
    if (value.string_or_empty().empty()) return false;
    if (!text.empty()) text += kParagraph;
    text += value.string_or_empty();
    return true;
  }
  bool has_text = false;
  for (const JsonValue each : value.elements())
    has_text = add_text_of(each, depth + 1, text) || has_text;
  if (!value.is_object()) return has_text;
  const auto* const named = std::ranges::find_if(
      kTextNames, [&](std::string_view name) { return value[name].is_given(); });
  if (named == kTextNames.end()) return false;
  const JsonValue said = value[*named];
  if (!said.is_number() && !said.is_boolean()) return add_text_of(said, depth + 1, text);
  if (!text.empty()) text += kParagraph;
  text += said.to_json();
  return true;
}

N8nReader::Read N8nReader::read_whole() {
  const auto body = trim(whole_);
  if (body.empty()) return fault(is_json_ ? diagnosis::kSilentStream : diagnosis::kNothing);
  if (looks_like_page(body)) return fault(diagnosis::kPage);
  const auto value = json_.read(body);
  if (!value) {
    if (body.starts_with('{') || !scan_utf8(body).is_valid) return fault(diagnosis::kNotText);
    say({}, body);
    return {};
  }
  if (const auto told = fault_in(*value); !told.empty()) return fault(told);
  std::string text;
  if (value->is_number() || value->is_boolean()) text = value->to_json();
  if (text.empty() && !add_text_of(*value, 0, text))
    return fault(value->size() > 0 && !has_text_name(*value) ? diagnosis::kUnnamed
                                                             : diagnosis::kNothing);
  say({}, text);
  return {};
}

N8nReader::Read N8nReader::end() {
  if (form_ == Form::kUnknown && begins_as_stream()) {
    form_ = Form::kLines;
    if (auto read = read_lines(std::exchange(whole_, {})); !read) return read;
  }
  if (auto read = form_ == Form::kLines ? end_lines() : read_whole(); !read) return read;
  sink_.push(chat::ReplyEnd{});
  return {};
}

}  // namespace gatehouse::responders
