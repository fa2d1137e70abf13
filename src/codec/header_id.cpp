#include <utility>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/http1_head.hpp"

namespace gatehouse::codec {
namespace {

using Entry = std::pair<std::string_view, HeaderId>;

constexpr std::array kNames = {
    Entry{"host", HeaderId::kHost},
    Entry{"content-length", HeaderId::kContentLength},
    Entry{"transfer-encoding", HeaderId::kTransferEncoding},
    Entry{"connection", HeaderId::kConnection},
    Entry{"expect", HeaderId::kExpect},
    Entry{"content-type", HeaderId::kContentType},
    Entry{"content-encoding", HeaderId::kContentEncoding},
    Entry{"origin", HeaderId::kOrigin},
    Entry{"referer", HeaderId::kReferer},
    Entry{"cookie", HeaderId::kCookie},
    Entry{"authorization", HeaderId::kAuthorization},
    Entry{"accept", HeaderId::kAccept},
    Entry{"accept-encoding", HeaderId::kAcceptEncoding},
    Entry{"accept-language", HeaderId::kAcceptLanguage},
    Entry{"user-agent", HeaderId::kUserAgent},
    Entry{"if-none-match", HeaderId::kIfNoneMatch},
    Entry{"x-forwarded-for", HeaderId::kXForwardedFor},
    Entry{"x-forwarded-proto", HeaderId::kXForwardedProto},
    Entry{"x-request-id", HeaderId::kXRequestId},
    Entry{"traceparent", HeaderId::kTraceparent},
    Entry{"last-event-id", HeaderId::kLastEventId},
    Entry{"x-csrf-token", HeaderId::kXCsrfToken},
    Entry{"x-gatehouse-challenge", HeaderId::kXGatehouseChallenge},
    Entry{"upgrade", HeaderId::kUpgrade},
    Entry{"access-control-request-method", HeaderId::kAccessControlRequestMethod},
    Entry{"access-control-request-headers", HeaderId::kAccessControlRequestHeaders},
    Entry{"retry-after", HeaderId::kRetryAfter},
    Entry{"sec-fetch-site", HeaderId::kSecFetchSite},
    Entry{"location", HeaderId::kLocation},
    Entry{"cache-control", HeaderId::kCacheControl},
};
static_assert(kNames.size() == kKnownHeaders);

constexpr std::size_t kBuckets = 128;

constexpr std::size_t bucket_of(std::size_t length, char first, char last) {
  return (length * 5 + static_cast<unsigned char>(first) * 11 +
          static_cast<unsigned char>(last) * 3) %
         kBuckets;
}

// Two names may share a bucket at most; the second stands in the overflow half.
constexpr std::array<std::uint8_t, kBuckets * 2> kTable = [] {
  std::array<std::uint8_t, kBuckets * 2> table{};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto name = kNames[i].first;
    std::size_t slot = bucket_of(name.size(), name.front(), name.back());
    if (table[slot] != 0) slot += kBuckets;
    if (table[slot] != 0) throw "three header names share a bucket: change bucket_of";
    table[slot] = static_cast<std::uint8_t>(i + 1);
  }
  return table;
}();

}  // namespace

HeaderId identify_header(std::string_view name) {
  if (name.empty()) return HeaderId::kOther;
  const std::size_t slot =
      bucket_of(name.size(), to_lower_ascii(name.front()), to_lower_ascii(name.back()));
  for (const std::size_t at : {slot, slot + kBuckets}) {
    if (kTable[at] == 0) break;
    const auto& entry = kNames[kTable[at] - 1U];
    if (equals_ignoring_case(name, entry.first)) return entry.second;
  }
  return HeaderId::kOther;
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kOptions:
      return "OPTIONS";
    case Method::kOther:
      break;
  }
  return "";
}

}  // namespace gatehouse::codec
