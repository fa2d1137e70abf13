// Bytes to a server and back, for code that just wants to wait.
#pragma once

#include <memory>
#include <semaphore>
#include <string>
#include <vector>

#include "answer.hpp"
#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/async/task_group.hpp"
#include "gatehouse/http/client.hpp"
#include "gatehouse/net/resolver.hpp"
#include "gatehouse/net/tls.hpp"
#include "hostile_upstream.hpp"

namespace gatehouse::operations {

// What is said on one connection.
struct Script {
  std::vector<std::string> pieces;
  Duration pause{};                          // between two pieces; what comes meanwhile is read
  Duration wait = std::chrono::seconds(15);  // from the first byte to the end
  Duration linger{};  // after a whole answer: how long more of them, or a close, is waited for
  bool is_head = false;
};

// Opens a connection for each exchange. It has a worker of its own on a thread of its own; every
// call here blocks. One thread calls.
class Wire {
 public:
  Wire(const Clock& clock, http::Upstream server, std::shared_ptr<const net::TlsContext> tls);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  const http::Upstream& server() const { return server_; }
  Exchange exchange(const Script& script);
  void pause(Duration wait);
  // Plays the backend on this port of loopback until this object goes.
  Result<void> open_upstream(std::uint16_t port);
  UpstreamSeen play(UpstreamScript script);  // returns what was seen since the call before

 private:
  struct Talk;
  async::Task<void> run_exchange(const Script& script, Exchange& out);
  async::Task<void> talk(const Script& script, Exchange& out);
  async::Task<std::unique_ptr<net::ByteStream>> connect(Deadline deadline);
  async::Task<void> run_pause(Duration wait);
  async::Task<void> finish();
  void call(async::Worker::Function function);

  const Clock& clock_;
  const http::Upstream server_;
  std::shared_ptr<const net::TlsContext> tls_;
  async::Worker worker_;
  async::BlockingPool lookups_;
  net::SystemResolver resolver_;
  HostileUpstream upstream_;
  std::binary_semaphore done_{0};  // the call under way has its answer
  async::TaskGroup tasks_;
  async::TaskGroup last_;
  async::BlockingPool loop_;  // the thread that runs the worker
};

}  // namespace gatehouse::operations
