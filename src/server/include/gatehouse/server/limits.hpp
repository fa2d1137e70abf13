// The bounds of a connection and its phases.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/codec/http1_head.hpp"

namespace gatehouse::server {

struct ServerLimits {
  codec::HeadLimits head;
  Duration tls_timeout = std::chrono::seconds(10);
  Duration header_timeout = std::chrono::seconds(10);  // from a head's first byte to its last
  Duration body_timeout = std::chrono::seconds(30);    // for a whole body
  Duration idle_timeout = std::chrono::seconds(75);    // between requests
  Duration write_timeout = std::chrono::seconds(30);   // a client that does not read
  std::uint32_t connections_max = 20'000;
  std::uint32_t connections_per_prefix_max = 256;
  Duration drain_timeout = std::chrono::seconds(25);
};

}  // namespace gatehouse::server
