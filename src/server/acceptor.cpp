#include "gatehouse/server/acceptor.hpp"

#include <unistd.h>

#include <algorithm>

namespace gatehouse::server {

bool ConnectionCaps::try_open(const std::optional<IpPrefix>& prefix) {
  const std::lock_guard lock(mutex_);
  if (total_ >= total_max_) return false;
  if (prefix) {
    auto& open = open_[*prefix];
    if (open >= per_prefix_max_) return false;
    ++open;
  }
  ++total_;
  return true;
}

void ConnectionCaps::close(const std::optional<IpPrefix>& prefix) {
  const std::lock_guard lock(mutex_);
  --total_;
  if (!prefix) return;
  const auto found = open_.find(*prefix);
  if (--found->second == 0) open_.erase(found);
}

std::uint32_t ConnectionCaps::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

Acceptor::Acceptor(std::unique_ptr<net::Listener> listener, std::vector<HostOnWorker> hosts,
                   ConnectionCaps& caps, telemetry::Counters& counters)
    : listener_(std::move(listener)), hosts_(std::move(hosts)), caps_(caps), counters_(counters) {}

void Acceptor::replace(ListenerTerms terms, std::vector<IpPrefix> uncapped) {
  terms_ = std::move(terms);
  uncapped_ = std::move(uncapped);
}

async::Task<void> Acceptor::run() {
  co_await listener_->run([this](int descriptor, net::Endpoint peer) { accept(descriptor, peer); });
}

void Acceptor::accept(int descriptor, net::Endpoint peer) {
  const bool is_proxy = std::ranges::any_of(
      uncapped_, [&](const IpPrefix& trusted) { return trusted.contains(peer.address); });
  std::optional<IpPrefix> prefix;
  if (!is_proxy) prefix = IpPrefix::of_client(peer.address);
  if (!caps_.try_open(prefix)) {
    counters_.add(telemetry::Counter::kConnectionsRefused);
    ::close(descriptor);
    return;
  }
  counters_.add(telemetry::Counter::kConnectionsAccepted);
  // Equal loads take turns, so that a burst is spread before the loads are known.
  next_ = (next_ + 1) % hosts_.size();
  std::size_t best = next_;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (hosts_[i].host->load() < hosts_[best].host->load()) best = i;
  }
  const HostOnWorker chosen = hosts_[best];
  chosen.worker->post([chosen, descriptor, peer, terms = terms_, &caps = caps_, prefix]() mutable {
    chosen.host->serve(descriptor, peer, std::move(terms), [&caps, prefix] { caps.close(prefix); });
  });
}

}  // namespace gatehouse::server
