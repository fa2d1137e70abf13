#include "gatehouse/server/worker_host.hpp"

#include <algorithm>

#include "connection.hpp"

namespace gatehouse::server {

struct WorkerHost::Impl {
  explicit Impl(WorkerHostParts parts)
      : worker(parts.worker),
        limits(parts.limits),
        counters(parts.counters),
        log(parts.log),
        router(std::move(parts.routes)),
        pipeline(router, parts.guards, parts.authenticator, std::move(parts.settings), parts.log,
                 parts.counters, parts.random),
        date(worker.clock()),
        context{worker, pipeline, limits, counters, buffers, date} {}

  async::Worker& worker;
  const ServerLimits limits;
  telemetry::Counters& counters;
  telemetry::Log& log;
  const Router router;
  RequestPipeline pipeline;
  BufferPool buffers;
  DateLine date;
  ConnectionContext context;
  std::vector<Connection*> connections;
  bool is_draining = false;
};

WorkerHost::WorkerHost(WorkerHostParts parts)
    : impl_(nullptr), tasks_(parts.worker, parts.on_exception) {
  impl_ = std::make_unique<Impl>(std::move(parts));
}

WorkerHost::~WorkerHost() = default;

void WorkerHost::serve(int descriptor, net::Endpoint peer, ListenerTerms terms,
                       std::move_only_function<void()> on_closed) {
  tasks_.spawn("connection",
               run_connection(descriptor, peer, std::move(terms), std::move(on_closed)));
}

void WorkerHost::replace_settings(std::shared_ptr<const PipelineSettings> settings) {
  impl_->pipeline.replace(std::move(settings));
}

async::Task<void> WorkerHost::run_connection(int descriptor, net::Endpoint peer,
                                             ListenerTerms terms,
                                             std::move_only_function<void()> on_closed) {
  struct Guard {
    std::atomic<std::uint32_t>& load;
    std::move_only_function<void()>& closed;
    telemetry::Counters& counters;
    ~Guard() {
      counters.add(telemetry::Counter::kConnectionsClosed);
      load.fetch_sub(1, std::memory_order_relaxed);
      closed();
    }
  };
  load_.fetch_add(1, std::memory_order_relaxed);
  const Guard guard{load_, on_closed, impl_->counters};
  auto socket = net::SocketStream::adopt(impl_->worker, descriptor);
  if (!socket) co_return;
  std::unique_ptr<net::ByteStream> stream;
  std::optional<net::ClientFingerprint> tls_client;
  const bool is_secure = terms.tls != nullptr;
  if (is_secure) {
    auto secured = co_await net::accept_tls(std::move(terms.tls), std::move(*socket),
                                            impl_->worker.in(impl_->limits.tls_timeout));
    if (!secured) {
      impl_->counters.add(telemetry::Counter::kTlsHandshakesFailed);
      co_return;
    }
    stream = std::move(secured->stream);
    tls_client = secured->client;
  } else {
    stream = std::move(*socket);
  }
  Connection connection(impl_->context, std::move(stream), peer,
                        {.is_secure = is_secure,
                         .redirects_to_https = terms.redirects_to_https,
                         .tls_client = tls_client});
  if (impl_->is_draining) co_return;
  struct Listed {
    WorkerHost& host;
    Connection& connection;
    Listed(WorkerHost& of, Connection& which) : host(of), connection(which) {
      host.impl_->connections.push_back(&connection);
      host.note_oldest();
    }
    ~Listed() {
      std::erase(host.impl_->connections, &connection);
      host.note_oldest();
    }
  };
  const Listed listed(*this, connection);
  co_await connection.run();
}

// Connections are kept in the order they came.
void WorkerHost::note_oldest() {
  const TimePoint oldest =
      impl_->connections.empty() ? TimePoint::max() : impl_->connections.front()->opened_at();
  oldest_.store(oldest.time_since_epoch().count(), std::memory_order_relaxed);
}

async::Task<void> WorkerHost::drain(Deadline deadline) {
  impl_->is_draining = true;
  // Draining one may end others' waits but never removes an element before the loop is back in the
  // worker.
  for (Connection* connection : impl_->connections) connection->drain();
  const bool is_done = co_await tasks_.join_until(deadline);
  if (is_done) co_return;
  for (Connection* connection : impl_->connections) connection->close();
  co_await tasks_.join();
}

}  // namespace gatehouse::server
