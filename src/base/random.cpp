#include "gatehouse/base/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "gatehouse/base/text.hpp"

namespace gatehouse {

std::uint64_t Random::next_u64() {
  std::uint64_t value = 0;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  // Values under the remainder of 2^64 / bound would be drawn once too often: draw again.
  const std::uint64_t remainder = (0 - bound) % bound;
  std::uint64_t value = next_u64();
  while (value < remainder) value = next_u64();
  return value % bound;
}

namespace {

void read_kernel(std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = getrandom(out.data() + done, out.size() - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) std::abort();  // A server without randomness must not go on.
    done += static_cast<std::size_t>(got);
  }
}

struct RandomBlock {
  std::array<std::byte, 512> bytes;
  std::size_t used = 512;
};

}  // namespace

void SecureRandom::fill(std::span<std::byte> out) {
  thread_local RandomBlock block;
  if (out.size() > block.bytes.size()) return read_kernel(out);
  if (block.bytes.size() - block.used < out.size()) {
    read_kernel(block.bytes);
    block.used = 0;
  }
  const auto from = std::span(block.bytes).subspan(block.used, out.size());
  std::copy(from.begin(), from.end(), out.begin());
  // A byte handed out is forgotten here, so it can't be read back from memory later.
  std::fill(from.begin(), from.end(), std::byte{0});
  block.used += out.size();
}

std::string random_token(Random& random, std::size_t bytes, std::string_view prefix) {
  std::string token;
  token.reserve(prefix.size() + bytes * 4 / 3 + 1);
  token += prefix;
  std::array<char, 48> raw;  // whole groups of three, so that the texts of several pieces join
  while (bytes > 0) {
    const auto piece = std::span(raw).first(std::min(bytes, raw.size()));
    random.fill(std::as_writable_bytes(piece));
    append_base64url(token, {piece.data(), piece.size()});
    bytes -= piece.size();
  }
  return token;
}

}  // namespace gatehouse
