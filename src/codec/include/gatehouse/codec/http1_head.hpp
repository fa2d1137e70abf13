// HTTP/1.1 message heads (RFC 9112), strict: what two parsers could read differently is refused.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "gatehouse/base/error.hpp"

namespace gatehouse::codec {

// Headers that the house itself looks up; found while parsing, so a look-up costs nothing.
enum class HeaderId : std::uint8_t {
  kHost,
  kContentLength,
  kTransferEncoding,
  kConnection,
  kExpect,
  kContentType,
  kContentEncoding,
  kOrigin,
  kReferer,
  kCookie,
  kAuthorization,
  kAccept,
  kAcceptEncoding,
  kAcceptLanguage,
  kUserAgent,
  kIfNoneMatch,
  kXForwardedFor,
  kXForwardedProto,
  kXRequestId,
  kTraceparent,
  kLastEventId,
  kXCsrfToken,
  kXGatehouseChallenge,
  kUpgrade,
  kAccessControlRequestMethod,
  kAccessControlRequestHeaders,
  kRetryAfter,
  kSecFetchSite,
  kLocation,
  kCacheControl,
  kOther,
};
inline constexpr std::size_t kKnownHeaders = static_cast<std::size_t>(HeaderId::kOther);
HeaderId identify_header(std::string_view name);

struct HeadLimits {
  std::size_t header_bytes = 16 * 1024;  // the whole head, first line included
  std::size_t header_count = 100;
  std::size_t target_bytes = 8 * 1024;
};

inline constexpr std::size_t kMaxHeaderCount = 128;  // no setting goes above

// Where the head ends, found without reading any byte twice however slowly they come.
class HeadScanner {
 public:
  enum class State : std::uint8_t { kMore, kComplete, kBareLineFeed };
  // `buffer` holds the message from its first byte and only grows between calls.
  State scan(std::string_view buffer);
  std::size_t head_bytes() const { return line_start_; }  // with the empty line, once complete
  void reset() { scanned_ = line_start_ = 0; }

 private:
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
};

// The fields of a head, as offsets into a buffer that its owner may move: rebase() then.
class Fields {
 public:
  struct Slice {
    std::uint32_t at = 0;
    std::uint32_t length = 0;
  };
  struct Field {
    Slice name;
    Slice value;
  };

  void rebase(const char* base) { base_ = base; }
  std::size_t size() const { return count_; }
  std::string_view name(std::size_t i) const { return view(fields_[i].name); }
  std::string_view value(std::size_t i) const { return view(fields_[i].value); }
  // The first field of that name; empty if there is none.
  std::string_view get(HeaderId id) const {
    const auto index = known_[static_cast<std::size_t>(id)];
    return index == 0 ? std::string_view() : value(index - 1U);
  }
  bool has(HeaderId id) const { return known_[static_cast<std::size_t>(id)] != 0; }
  std::string_view get(std::string_view name) const;  // any name, case ignored

 protected:
  std::string_view view(Slice slice) const { return {base_ + slice.at, slice.length}; }
  const char* base_ = nullptr;

 private:
  friend class HeadParser;
  std::array<Field, kMaxHeaderCount> fields_;
  std::array<std::uint8_t, kKnownHeaders> known_{};  // 1 + index of the first, 0: none
  std::size_t count_ = 0;
};

enum class BodyFraming : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
std::string_view name_of(Method method);

class RequestHead : public Fields {
 public:
  Method method = Method::kOther;
  bool is_http_1_0 = false;
  bool keeps_alive = true;  // as the client asks
  bool expects_continue = false;
  BodyFraming framing = BodyFraming::kNone;
  std::uint64_t content_length = 0;

  std::string_view method_text() const { return view(method_); }
  std::string_view target() const { return view(target_); }  // as sent
  std::string_view path() const { return view(path_); }      // undecoded, without the query
  std::string_view query() const { return view(query_); }    // without the question mark
  std::string_view host() const {
    return view(host_);
  }  // Host, or the authority of an absolute target

 private:
  friend class HeadParser;
  Slice method_, target_, path_, query_, host_;
};

class ResponseHead : public Fields {
 public:
  std::uint16_t status = 0;
  bool keeps_alive = true;
  BodyFraming framing = BodyFraming::kUntilClose;
  std::uint64_t content_length = 0;
};

// Why a head was refused. `status` is what a server answers: 400, 414, 431, 501 or 505.
struct HeadFault {
  std::uint16_t status = 400;
  std::string_view reason;  // a literal, in plain words
};

// `head` is complete: it ends with the empty line. Nothing is returned when all is well; the result
// views `head`.
std::optional<HeadFault> parse_request_head(std::string_view head, const HeadLimits& limits,
                                            RequestHead& out);
// `is_reply_to_head`: a response that has no body whatever its headers say.
std::optional<HeadFault> parse_response_head(std::string_view head, const HeadLimits& limits,
                                             bool is_reply_to_head, ResponseHead& out);

// host[:port] of RFC 3986 §3.2.2 in its plain forms: a name, IPv4, or bracketed IPv6.
bool is_valid_host(std::string_view host);

}  // namespace gatehouse::codec
