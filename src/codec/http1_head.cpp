#include "gatehouse/codec/http1_head.hpp"

#include <algorithm>
#include <cstring>

#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::codec {
namespace {

enum CharClass : std::uint8_t { kToken = 1, kFieldValue = 2, kTarget = 4 };

// RFC 9110 §5.6.2 (token), §5.5 (field-value with obs-text), RFC 9112 §3.2 (target: visible ASCII,
// no fragment).
constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t c = 0; c < 256; ++c) {
    if (c >= 0x20 && c != 0x7F) classes[c] |= kFieldValue;
    if (c > 0x20 && c < 0x7F && c != '#') classes[c] |= kTarget;
  }
  classes['\t'] |= kFieldValue;
  constexpr std::string_view kTokens =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (const char c : kTokens) classes[static_cast<unsigned char>(c)] |= kToken;
  return classes;
}();

bool is(char c, CharClass wanted) {
  return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

constexpr std::uint64_t kEveryByte = 0x0101010101010101;

// True if some byte of the word is a control character or DEL: what needs a closer look.
bool has_control(std::uint64_t word) {
  const std::uint64_t below_space = (word - kEveryByte * 0x20) & ~word;
  const std::uint64_t deleted = word ^ (kEveryByte * 0x7F);
  return ((below_space | ((deleted - kEveryByte) & ~deleted)) & (kEveryByte * 0x80)) != 0;
}

HeadFault bad(std::string_view reason) { return {.status = 400, .reason = reason}; }

Method method_of(std::string_view text) {
  for (const Method method : {Method::kGet, Method::kHead, Method::kPost, Method::kPut,
                              Method::kPatch, Method::kDelete, Method::kOptions}) {
    if (text == name_of(method)) return method;
  }
  return Method::kOther;
}

}  // namespace

HeadScanner::State HeadScanner::scan(std::string_view buffer) {
  while (scanned_ < buffer.size()) {
    const void* const found = std::memchr(buffer.data() + scanned_, '\n', buffer.size() - scanned_);
    if (found == nullptr) {
      scanned_ = buffer.size();
      return State::kMore;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - buffer.data());
    if (at == line_start_ || buffer[at - 1] != '\r') return State::kBareLineFeed;
    const bool is_empty_line = at == line_start_ + 1;
    scanned_ = line_start_ = at + 1;
    if (is_empty_line) return State::kComplete;
  }
  return State::kMore;
}

std::string_view Fields::get(std::string_view wanted) const {
  for (std::size_t i = 0; i < count_; ++i) {
    if (equals_ignoring_case(name(i), wanted)) return value(i);
  }
  return {};
}

bool is_valid_host(std::string_view host) {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos) return false;
    const auto address = IpAddress::parse(host.substr(1, end - 1));
    if (!address || address->is_v4()) return false;
    host.remove_prefix(end + 1);
  } else {
    const auto name = host.substr(0, host.find(':'));
    const auto is_name_char = [](char c) {
      const char lower = to_lower_ascii(c);
      return is_digit_ascii(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.' ||
             c == '_';
    };
    if (name.empty() || name.size() > 253 || !std::ranges::all_of(name, is_name_char)) return false;
    host.remove_prefix(name.size());
  }
  if (host.empty()) return true;
  const auto port = parse_u64(host.substr(1));
  return host.size() <= 6 && port && *port <= 65535;
}

// One pass over a complete head. The fault is kept as a return value of each step.
class HeadParser {
 public:
  HeadParser(std::string_view head, const HeadLimits& limits) : head_(head), limits_(limits) {}

  std::optional<HeadFault> request(RequestHead& out);
  std::optional<HeadFault> response(bool is_reply_to_head, ResponseHead& out);

 private:
  using Slice = Fields::Slice;

  Slice slice(std::size_t from, std::size_t to) const {
    return {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to - from)};
  }
  std::string_view text(Slice s) const { return head_.substr(s.at, s.length); }
  std::optional<HeadFault> request_line(RequestHead& out);
  std::optional<HeadFault> split_target(RequestHead& out);
  std::optional<HeadFault> fields(Fields& out);
  std::optional<HeadFault> field(Fields& out);
  std::optional<HeadFault> note_known(Fields& out, HeaderId id);
  std::optional<HeadFault> request_framing(RequestHead& out);
  std::optional<HeadFault> length_of(const Fields& fields, std::uint64_t& length) const;
  static std::optional<HeadFault> connection(const Fields& fields, bool is_http_1_0,
                                             bool& keeps_alive);
  std::size_t skip_value(std::size_t at) const;

  std::string_view head_;
  const HeadLimits& limits_;
  std::size_t at_ = 0;
};

std::optional<HeadFault> HeadParser::request_line(RequestHead& out) {
  const std::size_t method_end = std::min(head_.find(' '), head_.size());
  out.method_ = slice(0, method_end);
  const auto method = text(out.method_);
  if (method.empty() || method.size() > 32 ||
      !std::ranges::all_of(method, [](char c) { return is(c, kToken); })) {
    return bad("The request line does not begin with a method.");
  }
  out.method = method_of(method);
  const std::size_t target_at = method_end + 1;
  std::size_t end = target_at;
  while (end < head_.size() && is(head_[end], kTarget)) ++end;
  out.target_ = slice(target_at, end);
  if (out.target_.length > limits_.target_bytes)
    return HeadFault{.status = 414, .reason = "The address is too long."};
  const auto rest = head_.substr(end);
  if (out.target_.length == 0 || !rest.starts_with(" HTTP/"))
    return bad("The request line is malformed.");
  const auto version = rest.substr(6, 3);
  if (rest.substr(9, 2) != "\r\n" || !is_digit_ascii(version[0]) || version[1] != '.' ||
      !is_digit_ascii(version[2])) {
    return bad("The request line is malformed.");
  }
  if (version[0] != '1' || version[2] > '1')
    return HeadFault{.status = 505, .reason = "Only HTTP/1.1 is spoken here."};
  out.is_http_1_0 = version[2] == '0';
  at_ = end + 11;
  return split_target(out);
}

std::optional<HeadFault> HeadParser::split_target(RequestHead& out) {
  const auto target = text(out.target_);
  std::size_t path_at = 0;
  if (!target.starts_with('/')) {
    if (target == "*" && out.method == Method::kOptions) {
      out.path_ = out.target_;
      return std::nullopt;
    }
    const bool is_http = target.starts_with("http://");
    if (!is_http && !target.starts_with("https://"))
      return bad("The address in the request line must begin with /.");
    const std::size_t host_at = is_http ? 7 : 8;
    path_at = std::min(target.find_first_of("/?", host_at), target.size());
    out.host_ = slice(out.target_.at + host_at, out.target_.at + path_at);
  }
  const std::size_t query = std::min(target.find('?', path_at), target.size());
  out.path_ = slice(out.target_.at + path_at, out.target_.at + query);
  out.query_ =
      slice(out.target_.at + std::min(query + 1, target.size()), out.target_.at + target.size());
  return std::nullopt;
}

std::size_t HeadParser::skip_value(std::size_t at) const {
  while (head_.size() - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, head_.data() + at, sizeof word);
    if (has_control(word)) break;
    at += 8;
  }
  while (at < head_.size() && is(head_[at], kFieldValue)) ++at;
  return at;
}

std::optional<HeadFault> HeadParser::fields(Fields& out) {
  out.base_ = head_.data();
  out.count_ = 0;
  out.known_.fill(0);
  while (!head_.substr(at_).starts_with("\r\n")) {
    if (auto fault = field(out)) return fault;
  }
  if (at_ + 2 != head_.size()) return bad("The header block is malformed.");
  return std::nullopt;
}

std::optional<HeadFault> HeadParser::field(Fields& out) {
  if (out.count_ >= std::min(limits_.header_count, kMaxHeaderCount)) {
    return HeadFault{.status = 431, .reason = "Too many header fields."};
  }
  if (head_[at_] == ' ' || head_[at_] == '\t') return bad("Folded header lines are not accepted.");
  const char* const bytes = head_.data();
  std::size_t name_end = at_;
  while (name_end < head_.size() && is(bytes[name_end], kToken)) ++name_end;
  if (name_end == at_ || name_end == head_.size() || head_[name_end] != ':') {
    return bad("A header field has a malformed name.");
  }
  std::size_t value_at = name_end + 1;
  while (value_at < head_.size() && (head_[value_at] == ' ' || head_[value_at] == '\t')) ++value_at;
  const std::size_t line_end = skip_value(value_at);
  if (!head_.substr(line_end).starts_with("\r\n"))
    return bad("A header field has a forbidden character.");
  std::size_t value_end = line_end;
  while (value_end > value_at && (head_[value_end - 1] == ' ' || head_[value_end - 1] == '\t'))
    --value_end;
  out.fields_[out.count_] = {.name = slice(at_, name_end), .value = slice(value_at, value_end)};
  ++out.count_;
  const auto id = identify_header(head_.substr(at_, name_end - at_));
  at_ = line_end + 2;
  return id == HeaderId::kOther ? std::nullopt : note_known(out, id);
}

std::optional<HeadFault> HeadParser::note_known(Fields& out, HeaderId id) {
  auto& known = out.known_[static_cast<std::size_t>(id)];
  if (known == 0) {
    known = static_cast<std::uint8_t>(out.count_);
    return std::nullopt;
  }
  // Fields that must be single: two parsers could each pick another one.
  switch (id) {
    case HeaderId::kHost:
      return bad("Host was sent twice.");
    case HeaderId::kContentLength:
      return bad("Content-Length was sent twice.");
    case HeaderId::kTransferEncoding:
      return bad("Transfer-Encoding was sent twice.");
    case HeaderId::kContentType:
      return bad("Content-Type was sent twice.");
    case HeaderId::kOrigin:
      return bad("Origin was sent twice.");
    case HeaderId::kAuthorization:
      return bad("Authorization was sent twice.");
    case HeaderId::kXRequestId:
      return bad("X-Request-Id was sent twice.");
    // One list may be spread over several fields (RFC 9110 §5.3); the walk from the right needs it
    // whole.
    case HeaderId::kXForwardedFor:
      return bad("X-Forwarded-For was sent twice.");
    default:
      return std::nullopt;
  }
}

std::optional<HeadFault> HeadParser::length_of(const Fields& fields, std::uint64_t& length) const {
  const auto value = fields.get(HeaderId::kContentLength);
  const auto parsed = parse_u64(value);
  if (!parsed || value.size() > 18) return bad("Content-Length is not a number.");
  length = *parsed;
  return std::nullopt;
}

std::optional<HeadFault> HeadParser::connection(const Fields& fields, bool is_http_1_0,
                                                bool& keeps_alive) {
  keeps_alive = !is_http_1_0;
  if (!fields.has(HeaderId::kConnection)) return std::nullopt;
  bool closes = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!equals_ignoring_case(fields.name(i), "connection")) continue;
    for (const auto option : split(fields.value(i), ',')) {
      if (!std::ranges::all_of(option, [](char c) { return is(c, kToken); })) {
        return bad("Connection is malformed.");
      }
      if (equals_ignoring_case(option, "close")) closes = true;
      if (equals_ignoring_case(option, "keep-alive")) keeps_alive = true;
    }
  }
  if (closes) keeps_alive = false;
  return std::nullopt;
}

std::optional<HeadFault> HeadParser::request_framing(RequestHead& out) {
  out.framing = BodyFraming::kNone;
  out.content_length = 0;
  const bool has_length = out.has(HeaderId::kContentLength);
  if (out.has(HeaderId::kTransferEncoding)) {
    if (has_length) return bad("Content-Length and Transfer-Encoding must not be sent together.");
    if (out.is_http_1_0) return bad("HTTP/1.0 has no Transfer-Encoding.");
    if (!equals_ignoring_case(out.get(HeaderId::kTransferEncoding), "chunked")) {
      return HeadFault{.status = 501, .reason = "Only the transfer coding chunked is known."};
    }
    out.framing = BodyFraming::kChunked;
  } else if (has_length) {
    if (auto fault = length_of(out, out.content_length)) return fault;
    if (out.content_length > 0) out.framing = BodyFraming::kLength;
  }
  return std::nullopt;
}

std::optional<HeadFault> HeadParser::request(RequestHead& out) {
  if (head_.size() > limits_.header_bytes)
    return HeadFault{.status = 431, .reason = "The header fields are too large."};
  out.method_ = out.target_ = out.path_ = out.query_ = out.host_ = {};
  if (auto fault = request_line(out)) return fault;
  if (auto fault = fields(out)) return fault;
  if (auto fault = request_framing(out)) return fault;
  const auto host = out.get(HeaderId::kHost);
  if (!out.has(HeaderId::kHost) && !out.is_http_1_0) return bad("Host is missing.");
  if (out.has(HeaderId::kHost) && !is_valid_host(host)) return bad("Host is malformed.");
  if (out.host_.length == 0) {
    const auto at = host.empty() ? 0 : static_cast<std::size_t>(host.data() - head_.data());
    out.host_ = slice(at, at + host.size());
  } else if (!equals_ignoring_case(text(out.host_), host)) {
    return bad("Host and the address in the request line disagree.");
  }
  if (auto fault = connection(out, out.is_http_1_0, out.keeps_alive)) return fault;
  out.expects_continue = false;
  if (out.has(HeaderId::kExpect) && !out.is_http_1_0) {
    if (!equals_ignoring_case(out.get(HeaderId::kExpect), "100-continue")) {
      return HeadFault{.status = 417, .reason = "Only the expectation 100-continue is known."};
    }
    out.expects_continue = out.framing != BodyFraming::kNone;
  }
  return std::nullopt;
}

std::optional<HeadFault> HeadParser::response(bool is_reply_to_head, ResponseHead& out) {
  if (head_.size() > limits_.header_bytes) return bad("The header fields are too large.");
  const auto line = head_.substr(0, head_.find('\r'));
  const auto status = line.size() >= 12 ? parse_u64(line.substr(9, 3)) : std::nullopt;
  const bool is_well_formed = (line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ")) &&
                              status && *status >= 100 && (line.size() == 12 || line[12] == ' ') &&
                              std::ranges::all_of(line, [](char c) { return is(c, kFieldValue); });
  if (!is_well_formed) return bad("The status line is malformed.");
  out.status = static_cast<std::uint16_t>(*status);
  at_ = line.size() + 2;
  if (auto fault = fields(out)) return fault;
  if (auto fault = connection(out, line[7] == '0', out.keeps_alive)) return fault;
  out.content_length = 0;
  out.framing = BodyFraming::kUntilClose;
  // RFC 9112 §6.3, in its order.
  if (is_reply_to_head || out.status < 200 || out.status == 204 || out.status == 304) {
    out.framing = BodyFraming::kNone;
  } else if (out.has(HeaderId::kTransferEncoding)) {
    if (out.has(HeaderId::kContentLength))
      return bad("Content-Length and Transfer-Encoding came together.");
    if (!equals_ignoring_case(out.get(HeaderId::kTransferEncoding), "chunked"))
      return bad("Unknown transfer coding.");
    out.framing = BodyFraming::kChunked;
  } else if (out.has(HeaderId::kContentLength)) {
    if (auto fault = length_of(out, out.content_length)) return fault;
    out.framing = out.content_length > 0 ? BodyFraming::kLength : BodyFraming::kNone;
  }
  if (out.framing == BodyFraming::kUntilClose) out.keeps_alive = false;
  return std::nullopt;
}

std::optional<HeadFault> parse_request_head(std::string_view head, const HeadLimits& limits,
                                            RequestHead& out) {
  return HeadParser(head, limits).request(out);
}

std::optional<HeadFault> parse_response_head(std::string_view head, const HeadLimits& limits,
                                             bool is_reply_to_head, ResponseHead& out) {
  return HeadParser(head, limits).response(is_reply_to_head, out);
}

}  // namespace gatehouse::codec
