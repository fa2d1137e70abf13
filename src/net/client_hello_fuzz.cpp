// Any bytes as a ClientHello: what is read of them has the form of a JA4, and stays inside.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "gatehouse/net/client_hello.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto found = gatehouse::net::fingerprint_of({data, size});
  if (!found) return 0;
  const auto text = found->ja4_text();
  if (text[0] != 't' || text[10] != '_' || text[23] != '_') std::abort();
  for (const char c : text) {
    const bool is_plain =
        c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_plain) std::abort();
  }
  return 0;
}
