// Accepts connections and spreads them over the workers.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/net/listener.hpp"
#include "gatehouse/server/worker_host.hpp"

namespace gatehouse::server {

// How many connections each client prefix has. Safe from any thread; touched when a connection
// opens and closes.
class ConnectionCaps {
 public:
  ConnectionCaps(std::uint32_t total_max, std::uint32_t per_prefix_max)
      : total_max_(total_max), per_prefix_max_(per_prefix_max) {}

  // Without a prefix only the total counts: for proxies, behind which many clients stand.
  bool try_open(const std::optional<IpPrefix>& prefix);
  void close(const std::optional<IpPrefix>& prefix);
  std::uint32_t total() const;

 private:
  const std::uint32_t total_max_;
  const std::uint32_t per_prefix_max_;
  mutable std::mutex mutex_;
  std::uint32_t total_ = 0;
  std::unordered_map<IpPrefix, std::uint32_t, IpPrefixHash> open_;  // bounded by the total
};

struct HostOnWorker {
  async::Worker* worker;
  WorkerHost* host;
};

// One per listening address, on one worker. Each connection goes to the worker with the fewest and
// stays there. A client prefix over its cap is closed before a byte is read. Behind a trusted proxy
// all clients share its address, so trusted peers are not capped. The caps and hosts outlive it.
class Acceptor {
 public:
  Acceptor(std::unique_ptr<net::Listener> listener, std::vector<HostOnWorker> hosts,
           ConnectionCaps& caps, telemetry::Counters& counters);

  async::Task<void> run();
  // Both on the acceptor's worker.
  void close() { listener_->close(); }
  void replace(ListenerTerms terms, std::vector<IpPrefix> uncapped);
  net::Endpoint endpoint() const { return listener_->endpoint(); }

 private:
  void accept(int descriptor, net::Endpoint peer);

  std::unique_ptr<net::Listener> listener_;
  std::vector<HostOnWorker> hosts_;
  ConnectionCaps& caps_;
  telemetry::Counters& counters_;
  ListenerTerms terms_;
  std::vector<IpPrefix> uncapped_;
  std::size_t next_ = 0;
};

}  // namespace gatehouse::server
