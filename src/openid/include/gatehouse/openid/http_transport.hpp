// HTTP to a provider that people sign in with.
#pragma once

#include <memory>
#include <string>

#include "gatehouse/http/client.hpp"
#include "gatehouse/identity/openid/provider.hpp"

namespace gatehouse::openid {

// Each call has a connection of its own: people sign in too rarely for another to be of use. The
// host of the issuer, which the operator has named, may be on a private network, and no other may.
// One per worker and provider, on its thread only. What is handed in outlives it.
class HttpTransport final : public identity::openid::ProviderTransport {
 public:
  static constexpr Duration kTimeout = std::chrono::seconds(10);
  static constexpr std::size_t kMaxAnswerBytes = 256 * 1024;

  // `tls`: null where no provider is asked over TLS.
  HttpTransport(async::Worker& worker, net::Resolver& resolver,
                std::shared_ptr<const net::TlsContext> tls, std::string_view issuer,
                telemetry::Counters& counters);

  async::Task<Result<identity::openid::ProviderAnswer>> call(
      identity::openid::ProviderCall call, async::Cancellation& cancellation) override;

 private:
  async::Worker& worker_;
  net::Resolver& resolver_;
  const std::shared_ptr<const net::TlsContext> tls_;
  const std::string issuer_host_;
  telemetry::Counters& counters_;
};

}  // namespace gatehouse::openid
