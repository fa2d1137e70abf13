#include "gatehouse/codec/websocket_deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"

namespace gatehouse::codec {
namespace {

constexpr std::string_view kExtension = "permessage-deflate";
constexpr std::uint8_t kLeastWindowBits = 8;
constexpr std::uint8_t kMostWindowBits = 15;
constexpr std::uint8_t kOwnWindowBits = 12;
constexpr std::uint8_t kLeastOwnWindowBits = 9;  // zlib writes no raw stream with a smaller one
constexpr int kMemoryLevel = 5;
constexpr std::size_t kStepBytes = 16 * 1024;
constexpr std::array<char, 4> kTail = {'\x00', '\x00', '\xff', '\xff'};
// A final block within a message costs a copy of the window, and good clients send none or one.
constexpr unsigned kMostFinalBlocks = 4;

// 8 to 15, without a sign or a leading zero.
std::optional<std::uint8_t> window_bits(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  const auto bits = text.starts_with('0') ? std::nullopt : parse_u64(text);
  if (!bits || *bits < kLeastWindowBits || *bits > kMostWindowBits) return std::nullopt;
  return static_cast<std::uint8_t>(*bits);
}

// One parameter of an offer, which may come once.
struct Parameter {
  std::string_view name;
  std::optional<std::string_view> value;
};

Parameter parameter_of(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return {.name = text, .value = {}};
  return {.name = trim(text.substr(0, equals)), .value = trim(text.substr(equals + 1))};
}

class Offer {
 public:
  bool read(std::string_view text) {
    const auto parts = split(text, ';');
    if (parts.empty() || !equals_ignoring_case(parts.front(), kExtension)) return false;
    return std::ranges::all_of(parts.begin() + 1, parts.end(),
                               [this](std::string_view part) { return take(parameter_of(part)); });
  }

  WebSocketDeflate answer() const {
    WebSocketDeflate terms;
    terms.server_keeps_context = !is_server_without_context_;
    terms.client_keeps_context = !is_client_without_context_;
    terms.answer = kExtension;
    if (is_server_without_context_) terms.answer += "; server_no_context_takeover";
    if (is_client_without_context_) terms.answer += "; client_no_context_takeover";
    if (server_bits_ != 0) {
      terms.server_window_bits = std::min(server_bits_, kOwnWindowBits);
      terms.answer += "; server_max_window_bits=" + std::to_string(terms.server_window_bits);
    }
    if (client_bits_ != 0) {
      terms.client_window_bits = client_bits_;
      terms.answer += "; client_max_window_bits=" + std::to_string(client_bits_);
    }
    return terms;
  }

 private:
  static bool take_flag(bool& flag, const Parameter& parameter) {
    if (flag || parameter.value) return false;
    flag = true;
    return true;
  }
  bool take(const Parameter& parameter) {
    if (equals_ignoring_case(parameter.name, "server_no_context_takeover"))
      return take_flag(is_server_without_context_, parameter);
    if (equals_ignoring_case(parameter.name, "client_no_context_takeover"))
      return take_flag(is_client_without_context_, parameter);
    const bool is_client = equals_ignoring_case(parameter.name, "client_max_window_bits");
    if (!is_client && !equals_ignoring_case(parameter.name, "server_max_window_bits")) return false;
    std::uint8_t& known = is_client ? client_bits_ : server_bits_;
    const bool may_lack_value = is_client;
    if (known != 0 || (!parameter.value && !may_lack_value)) return false;
    const auto bits = parameter.value ? window_bits(*parameter.value) : kMostWindowBits;
    if (!bits || (!is_client && *bits < kLeastOwnWindowBits)) return false;
    known = *bits;
    return true;
  }

  bool is_server_without_context_ = false;
  bool is_client_without_context_ = false;
  std::uint8_t server_bits_ = 0;  // 0: not named
  std::uint8_t client_bits_ = 0;
};

Bytef* input_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib only reads it
}

}  // namespace

std::optional<WebSocketDeflate> agree_on_deflate(std::string_view offers) {
  for (const auto text : split(offers, ',')) {
    Offer offer;
    if (offer.read(text)) return offer.answer();
  }
  return std::nullopt;
}

struct MessageInflater::Stream {
  Stream() = default;
  ~Stream() { inflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  z_stream z{};
};

// One that was made for a window of 8 bits reads 9 too, which is what zlib writes then.
MessageInflater::MessageInflater(const WebSocketDeflate& terms)
    : window_bits_(std::max(terms.client_window_bits, kLeastOwnWindowBits)),
      keeps_context_(terms.client_keeps_context) {}
MessageInflater::MessageInflater(MessageInflater&&) noexcept = default;
MessageInflater::~MessageInflater() = default;

// The stream goes on behind it with the same window (RFC 7692 §7.2.3.4).
MessageInflater::Outcome MessageInflater::pass_final_block() {
  if (++final_blocks_ > kMostFinalBlocks) return Outcome::kMalformed;
  std::array<Bytef, 32 * 1024> window;
  uInt bytes = 0;
  z_stream& z = stream_->z;
  const bool has_passed = inflateGetDictionary(&z, window.data(), &bytes) == Z_OK &&
                          inflateReset(&z) == Z_OK &&
                          inflateSetDictionary(&z, window.data(), bytes) == Z_OK;
  return has_passed ? Outcome::kDone : Outcome::kMalformed;
}

MessageInflater::Outcome MessageInflater::add(std::string_view piece, std::string& out,
                                              std::size_t limit_bytes) {
  if (!stream_) {
    auto stream = std::make_unique<Stream>();
    if (inflateInit2(&stream->z, -window_bits_) != Z_OK) return Outcome::kMalformed;
    stream_ = std::move(stream);
  }
  z_stream& z = stream_->z;
  z.next_in = input_of(piece);
  z.avail_in = static_cast<uInt>(piece.size());
  while (true) {
    const std::size_t had = out.size();
    // One byte more than may be, which tells the end from too much.
    const std::size_t room = std::min(limit_bytes - had + 1, kStepBytes);
    int status = Z_OK;
    out.resize_and_overwrite(had + room, [&](char* data, std::size_t) {
      z.next_out = reinterpret_cast<Bytef*>(data + had);
      z.avail_out = static_cast<uInt>(room);
      status = inflate(&z, Z_SYNC_FLUSH);
      return had + room - z.avail_out;
    });
    if (out.size() > limit_bytes) return Outcome::kTooLarge;
    if (status == Z_STREAM_END) {
      if (pass_final_block() != Outcome::kDone) return Outcome::kMalformed;
      if (z.avail_in == 0) return Outcome::kDone;
      continue;
    }
    if (status != Z_OK && status != Z_BUF_ERROR) return Outcome::kMalformed;
    if (z.avail_out > 0) return z.avail_in == 0 ? Outcome::kDone : Outcome::kMalformed;
  }
}

MessageInflater::Outcome MessageInflater::end_message(std::string& out, std::size_t limit_bytes) {
  const Outcome outcome = add({kTail.data(), kTail.size()}, out, limit_bytes);
  final_blocks_ = 0;
  if (!keeps_context_ && stream_) inflateReset(&stream_->z);
  return outcome;
}

struct MessageDeflater::Stream {
  Stream() = default;
  ~Stream() { deflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  z_stream z{};
};

MessageDeflater::MessageDeflater(const WebSocketDeflate& terms)
    : window_bits_(terms.server_window_bits), keeps_context_(terms.server_keeps_context) {}
MessageDeflater::MessageDeflater(MessageDeflater&&) noexcept = default;
MessageDeflater::~MessageDeflater() = default;

bool MessageDeflater::deflate(std::string_view message, std::string& out) {
  if (!stream_) {
    auto stream = std::make_unique<Stream>();
    if (deflateInit2(&stream->z, Z_BEST_SPEED, Z_DEFLATED, -window_bits_, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      return false;
    stream_ = std::move(stream);
  }
  z_stream& z = stream_->z;
  z.next_in = input_of(message);
  z.avail_in = static_cast<uInt>(message.size());
  do {
    const std::size_t had = out.size();
    out.resize_and_overwrite(had + kStepBytes, [&](char* data, std::size_t) {
      z.next_out = reinterpret_cast<Bytef*>(data + had);
      z.avail_out = static_cast<uInt>(kStepBytes);
      ::deflate(&z, Z_SYNC_FLUSH);
      return had + kStepBytes - z.avail_out;
    });
  } while (z.avail_out == 0);
  out.resize(out.size() - kTail.size());  // the reader adds them again
  if (!keeps_context_) deflateReset(&z);
  return true;
}

}  // namespace gatehouse::codec
