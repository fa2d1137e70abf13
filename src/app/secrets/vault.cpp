#include "vault.hpp"

#include <string>
#include <utility>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/http/client.hpp"
#include "gatehouse/net/resolver.hpp"
#include "gatehouse/net/tls.hpp"
#include "gatehouse/telemetry/counters.hpp"

namespace gatehouse::secrets {
namespace {

constexpr Duration kPatience = std::chrono::seconds(5);
constexpr std::size_t kAnswerBytesMax = 256 * 1024;
constexpr http::ClientLimits kLimits{
    .connect_timeout = kPatience, .first_byte_timeout = kPatience, .idle_timeout = kPatience};

struct Answer {
  std::uint16_t status = 0;
  Secret body;
};

struct Call {
  http::Upstream upstream;
  std::shared_ptr<const net::TlsContext> tls;
  std::string target;
  Secret header_lines;
};

async::Task<Result<Answer>> send(async::Worker& worker, Call call) {
  async::BlockingPool names("names", 1, 4);
  net::SystemResolver resolver(names);
  telemetry::Counters counters;
  async::Cancellation cancellation;
  http::ClientPool pool(worker, resolver, call.tls, call.upstream, kLimits, counters);
  const auto deadline = worker.in(kPatience);
  const http::ClientRequest request{.method = "GET",
                                    .target = call.target,
                                    .prepared_lines = call.header_lines.reveal(),
                                    .headers = {},
                                    .body = {}};
  auto response = co_await pool.send(request, cancellation, deadline);
  if (!response) co_return std::unexpected(response.error());
  const std::uint16_t status = response->head().status;
  auto body = co_await response->read_all(kAnswerBytesMax, cancellation, deadline);
  if (!body) co_return std::unexpected(body.error());
  co_return Answer{.status = status, .body = Secret(std::move(*body))};
}

Result<Call> call_of(const settings::SecretReference& reference,
                     const settings::VaultAccess& vault) {
  auto upstream = http::Upstream::parse(vault.address);
  if (!upstream) return std::unexpected(upstream.error());
  upstream->may_be_private = true;  // the operator wrote it down
  Call call{.upstream = std::move(*upstream),
            .tls = nullptr,
            .target = "/v1/" + reference.vault_path(),
            .header_lines = {}};
  if (call.upstream.is_secure) {
    auto tls = net::TlsContext::for_client(vault.ca_file);
    if (!tls) return std::unexpected(tls.error());
    call.tls = std::move(*tls);
  }
  http::Headers headers;
  headers.add("X-Vault-Request", "true");
  headers.add("X-Vault-Token", vault.token.reveal());
  if (!vault.vault_namespace.empty()) headers.add("X-Vault-Namespace", vault.vault_namespace);
  call.header_lines = Secret(std::string(headers.lines()));
  return call;
}

}  // namespace

Result<Secret> ask_vault(const settings::SecretReference& reference,
                         const settings::VaultAccess& vault) {
  auto call = call_of(reference, vault);
  if (!call) return std::unexpected(call.error());
  const auto answer =
      async::answer_of([&](async::Worker& worker) { return send(worker, std::move(*call)); });
  if (!answer) {
    return fail(ErrorCode::kUnavailable, "Vault at " + vault.address + " can't be reached (" +
                                             std::string(answer.error().for_log()) +
                                             "): is it up, and VAULT_ADDR right?");
  }
  return read_vault_answer(answer->status, answer->body.reveal(), reference);
}

}  // namespace gatehouse::secrets
