// A connection as bytes, whatever is beneath: TCP, TLS, or memory in tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "gatehouse/async/signal.hpp"

namespace gatehouse::net {

struct IoResult {
  enum class Kind : std::uint8_t {
    kDone,     // `bytes` were moved, at least one
    kBlocked,  // wait_readable() or wait_writable(), then try again
    kEnd,      // the peer ended its side
    kFailed,   // reset, protocol error, or closed here
  };
  Kind kind = Kind::kFailed;
  std::size_t bytes = 0;
};

// Both ways may be used at the same time, each by one coroutine. Nothing waits unless a wait is
// awaited, so a read that has data and a write that has room cost no coroutine. One worker's thread
// only.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual IoResult try_read(std::span<char> into) = 0;
  virtual IoResult try_write(std::string_view from) = 0;
  // After kBlocked: co_await them. Close() and a time-out end the wait too, so the try comes again
  // in any case.
  virtual async::Signal::Waiter wait_readable(Deadline deadline) = 0;
  virtual async::Signal::Waiter wait_writable(Deadline deadline) = 0;
  // Says to the peer that nothing more comes (TLS close_notify, FIN), as far as that needs no
  // waiting.
  virtual void shutdown_write() = 0;
  // Ends it at once and wakes who waits. Idempotent.
  virtual void close() = 0;
  // Whether bytes or an end may be there to read: a pooled connection that says so has gone stale.
  virtual bool may_have_input() const = 0;
  // Tells `observer` when input may have come while nobody waits for it; nullptr ends that.
  virtual void observe_input(async::Signal::Observer* observer) = 0;
};

}  // namespace gatehouse::net
