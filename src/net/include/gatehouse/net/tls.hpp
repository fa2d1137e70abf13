// TLS 1.2 and 1.3 over a socket.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gatehouse/async/task.hpp"
#include "gatehouse/net/byte_stream.hpp"
#include "gatehouse/net/client_hello.hpp"
#include "gatehouse/net/socket_stream.hpp"

using SSL_CTX = struct ssl_ctx_st;

namespace gatehouse::net {

// Certificate and key, or trust, loaded once and shared by many connections. Immutable; safe from
// any thread.
class TlsContext {
 public:
  // Refuses what can't be read, keys that don't fit, RSA below 2048 bits, curves other than P-256
  // and P-384, and certificates outside their dates; the error says which file and what to do.
  static Result<std::shared_ptr<const TlsContext>> for_server(const std::string& certificate_path,
                                                              const std::string& key_path);
  // Trusts the system's certificates, and those of `extra_authorities_path` if it is not empty.
  static Result<std::shared_ptr<const TlsContext>> for_client(
      const std::string& extra_authorities_path = {});
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  SSL_CTX* native() const { return context_; }

 private:
  explicit TlsContext(SSL_CTX* context) : context_(context) {}
  SSL_CTX* context_;
};

struct AcceptedTls {
  std::unique_ptr<ByteStream> stream;
  std::optional<ClientFingerprint> client;
};

// Takes the socket over and shakes hands. The server side waits for a client's first bytes.
async::Task<Result<AcceptedTls>> accept_tls(std::shared_ptr<const TlsContext> context,
                                            std::unique_ptr<SocketStream> socket,
                                            Deadline deadline);
// The client side: names `host` (SNI) and takes only a certificate that is valid for it.
async::Task<Result<std::unique_ptr<ByteStream>>> connect_tls(
    std::shared_ptr<const TlsContext> context, std::unique_ptr<SocketStream> socket,
    std::string host, Deadline deadline);

// Makes a self-signed certificate for localhost (RSA 4096, or P-256), for development: both files
// are written anew, the key readable by its owner only.
enum class KeyKind : std::uint8_t { kP256, kRsa4096 };
Result<void> make_self_signed(const std::string& certificate_path, const std::string& key_path,
                              KeyKind kind);

}  // namespace gatehouse::net
