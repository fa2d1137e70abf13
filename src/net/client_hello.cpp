#include "gatehouse/net/client_hello.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <cstdint>

#include "gatehouse/base/text.hpp"

namespace gatehouse::net {
namespace {

using Bytes = std::span<const unsigned char>;

// More than any client has; what is beyond counts and isn't hashed.
constexpr std::size_t kMostValues = 256;
constexpr std::size_t kMostCounted = 99;
constexpr std::size_t kHashCharacters = 12;
constexpr unsigned char kClientHello = 1;

constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kSignatureAlgorithms = 13;
constexpr std::uint16_t kApplicationProtocols = 16;
constexpr std::uint16_t kSupportedVersions = 43;
constexpr std::uint16_t kTls13 = 0x0304;

// 0x0A0A, 0x1A1A … 0xFAFA (RFC 8701).
bool is_grease(std::uint16_t value) {
  return (value & 0x0F0FU) == 0x0A0AU && (value >> 8U) == (value & 0xFFU);
}

// Takes from the front. What isn't there makes it fail, and everything after it is empty.
class Reader {
 public:
  explicit Reader(Bytes bytes) : left_(bytes) {}
  bool has_failed() const { return has_failed_; }
  bool is_empty() const { return left_.empty(); }

  Bytes take(std::size_t size) {
    if (size > left_.size()) {
      has_failed_ = true;
      left_ = {};
      return {};
    }
    const Bytes taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }
  std::uint16_t number(std::size_t bytes) {
    unsigned value = 0;
    for (const unsigned char byte : take(bytes)) value = value << 8U | byte;
    return static_cast<std::uint16_t>(value);
  }
  // A vector: its length in so many bytes, and then itself.
  Reader vector(std::size_t length_bytes) {
    const std::size_t size = number(length_bytes);
    Reader inside(take(size));
    inside.has_failed_ = has_failed_;
    return inside;
  }

 private:
  Bytes left_;
  bool has_failed_ = false;
};

struct Values {
  std::array<std::uint16_t, kMostValues> values;
  std::size_t kept = 0;
  std::size_t count = 0;

  void add(std::uint16_t value) {
    if (kept < kMostValues) values[kept++] = value;
    ++count;
  }
  std::span<std::uint16_t> all() { return std::span(values).first(kept); }
};

struct Hello {
  std::uint16_t version = 0;  // the highest
  Values ciphers;
  Values extensions;  // but those of names and protocols, which change with the server
  Values signatures;  // in their order
  std::size_t extension_count = 0;
  Bytes first_protocol;
  bool has_server_name = false;
  ClientFingerprint marks;
};

void read_values(Reader list, Hello& hello, Values& into) {
  while (!list.is_empty()) {
    const std::uint16_t value = list.number(2);
    if (list.has_failed()) return;
    if (is_grease(value)) {
      hello.marks.has_grease = true;
    } else {
      into.add(value);
    }
  }
}

void read_protocols(Reader list, Hello& hello) {
  for (bool is_first = true; !list.is_empty(); is_first = false) {
    const Bytes name = list.take(list.number(1));
    if (is_first) hello.first_protocol = name;
    if (name.size() == 2 && name[0] == 'h' && name[1] == '2') hello.marks.offers_http2 = true;
  }
}

void read_versions(Reader list, Hello& hello) {
  std::uint16_t highest = 0;
  while (!list.is_empty()) {
    const std::uint16_t version = list.number(2);
    if (is_grease(version)) {
      hello.marks.has_grease = true;
    } else {
      highest = std::max(highest, version);
    }
  }
  if (highest != 0) hello.version = highest;
}

void read_extension(std::uint16_t type, Reader content, Hello& hello) {
  if (is_grease(type)) {
    hello.marks.has_grease = true;
    return;
  }
  ++hello.extension_count;
  if (type == kServerName) {
    hello.has_server_name = true;
    return;
  }
  if (type == kApplicationProtocols) return read_protocols(content.vector(2), hello);
  hello.extensions.add(type);
  if (type == kSupportedVersions) return read_versions(content.vector(1), hello);
  if (type == kSignatureAlgorithms) read_values(content.vector(2), hello, hello.signatures);
}

bool read_hello(Bytes message, Hello& hello) {
  Reader head(message);
  if (head.number(1) != kClientHello) return false;
  head.take(1);  // the highest byte of a length that has no use for it
  Reader body = head.vector(2);
  hello.version = body.number(2);
  body.take(32);   // random
  body.vector(1);  // session id
  read_values(body.vector(2), hello, hello.ciphers);
  body.vector(1);  // compression
  if (body.has_failed()) return false;
  if (body.is_empty()) return true;
  Reader extensions = body.vector(2);
  while (!extensions.is_empty()) {
    const std::uint16_t type = extensions.number(2);
    const Reader content = extensions.vector(2);
    if (extensions.has_failed()) return false;
    read_extension(type, content, hello);
  }
  return !extensions.has_failed();
}

std::string_view version_text(std::uint16_t version) {
  switch (version) {
    case kTls13:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    default:
      return "00";
  }
}

constexpr char hex_digit(unsigned value) { return "0123456789abcdef"[value & 0xFU]; }

bool is_letter_or_digit(unsigned char byte) {
  const char lower = to_lower_ascii(static_cast<char>(byte));
  return is_digit_ascii(lower) || (lower >= 'a' && lower <= 'z');
}

// The first and last character of a protocol's name; of its hexadecimal form where one of the two
// is neither letter nor digit.
std::array<char, 2> protocol_text(Bytes name) {
  if (name.empty()) return {'0', '0'};
  if (is_letter_or_digit(name.front()) && is_letter_or_digit(name.back()))
    return {static_cast<char>(name.front()), static_cast<char>(name.back())};
  return {hex_digit(name.front() >> 4U), hex_digit(name.back())};
}

// Texts such as "002f,0035_0403", of two lists at most, and their hash.
class Listing {
 public:
  void add(char c) { text_[used_++] = static_cast<unsigned char>(c); }
  void add(std::span<const std::uint16_t> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) add(',');
      for (const unsigned shift : {12U, 8U, 4U, 0U}) add(hex_digit(unsigned{values[i]} >> shift));
    }
  }
  void write_hash(char* to) const {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(text_.data(), used_, digest.data());
    for (std::size_t i = 0; i < kHashCharacters; ++i)
      to[i] = hex_digit(i % 2 == 0 ? unsigned{digest[i / 2]} >> 4U : digest[i / 2]);
  }

 private:
  std::array<unsigned char, 2 * 5 * kMostValues + 1> text_;
  std::size_t used_ = 0;
};

void write_count(std::size_t count, char* to) {
  const std::size_t shown = std::min(count, kMostCounted);
  to[0] = static_cast<char>('0' + shown / 10);
  to[1] = static_cast<char>('0' + shown % 10);
}

void write_ja4(Hello& hello, char* to) {
  const auto protocol = protocol_text(hello.first_protocol);
  to[0] = 't';
  version_text(hello.version).copy(to + 1, 2);
  to[3] = hello.has_server_name ? 'd' : 'i';
  write_count(hello.ciphers.count, to + 4);
  write_count(hello.extension_count, to + 6);
  to[8] = protocol[0];
  to[9] = protocol[1];
  to[10] = to[23] = '_';
  std::fill_n(to + 11, kHashCharacters, '0');
  std::fill_n(to + 24, kHashCharacters, '0');
  if (hello.ciphers.count > 0) {
    std::ranges::sort(hello.ciphers.all());
    Listing listing;
    listing.add(hello.ciphers.all());
    listing.write_hash(to + 11);
  }
  if (hello.extensions.count == 0) return;
  std::ranges::sort(hello.extensions.all());
  Listing listing;
  listing.add(hello.extensions.all());
  if (hello.signatures.count > 0) {
    listing.add('_');
    listing.add(hello.signatures.all());
  }
  listing.write_hash(to + 24);
}

}  // namespace

std::optional<ClientFingerprint> fingerprint_of(std::span<const unsigned char> message) {
  Hello hello;
  if (!read_hello(message, hello)) return std::nullopt;
  hello.marks.offers_tls13 = hello.version == kTls13;
  write_ja4(hello, hello.marks.ja4.data());
  return hello.marks;
}

}  // namespace gatehouse::net
