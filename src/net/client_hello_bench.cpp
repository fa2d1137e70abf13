#include <benchmark/benchmark.h>

#include <string>

#include "gatehouse/base/text.hpp"
#include "gatehouse/net/client_hello.hpp"

namespace gatehouse::net {
namespace {

// Of `openssl s_client -tls1_2`.
constexpr std::string_view kHello =
    "010000b3030360ad1aceae91c3bd06b0a10ce001b44fa5f38350b11cc51dcfe65706a0ef924c000038c02cc0"
    "30009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c00"
    "3d003c0035002f00ff01000052000b000403000102000a000c000a001d0017001e0019001800230000001600"
    "0000170000000d002a0028040305030603080708080809080a080b0804080508060401050106010303030103"
    "02040205020602";

void client_fingerprint(benchmark::State& state) {
  std::string bytes;
  for (std::size_t i = 0; i < kHello.size(); i += 2)
    bytes += static_cast<char>(hex_value(kHello[i]) * 16 + hex_value(kHello[i + 1]));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        fingerprint_of({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}));
  }
}
BENCHMARK(client_fingerprint);

}  // namespace
}  // namespace gatehouse::net
