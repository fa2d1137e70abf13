#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "gatehouse/net/tls.hpp"

namespace gatehouse::net {
namespace {

using Kind = IoResult::Kind;

// TLS over a socket that it owns. OpenSSL may want to write in order to read (and the other way
// round, in a handshake), so each wait goes the way that the last try was blocked on.
class TlsStream final : public ByteStream {
 public:
  TlsStream(std::shared_ptr<const TlsContext> context, std::unique_ptr<SocketStream> socket)
      : context_(std::move(context)),
        socket_(std::move(socket)),
        ssl_(SSL_new(context_->native())) {
    SSL_set_fd(ssl_, socket_->descriptor());
  }
  ~TlsStream() override {
    close();
    SSL_free(ssl_);
  }

  IoResult try_read(std::span<char> into) override {
    if (is_closed_) return {Kind::kFailed, 0};
    ERR_clear_error();
    return finish(SSL_read(ssl_, into.data(), bounded(into.size())), read_blocks_on_write_);
  }
  IoResult try_write(std::string_view from) override {
    if (is_closed_) return {Kind::kFailed, 0};
    ERR_clear_error();
    return finish(SSL_write(ssl_, from.data(), bounded(from.size())), write_blocks_on_write_);
  }
  async::Signal::Waiter wait_readable(Deadline deadline) override {
    return signal(read_blocks_on_write_).wait(deadline);
  }
  async::Signal::Waiter wait_writable(Deadline deadline) override {
    return signal(write_blocks_on_write_).wait(deadline);
  }
  void shutdown_write() override {
    if (is_closed_) return;
    if (SSL_is_init_finished(ssl_) == 1) SSL_shutdown(ssl_);
    socket_->shutdown_write();
  }
  void close() override {
    if (std::exchange(is_closed_, true)) return;
    socket_->close();
  }
  bool may_have_input() const override {
    return SSL_pending(ssl_) > 0 || socket_->may_have_input();
  }
  void observe_input(async::Signal::Observer* observer) override {
    socket_->observe_input(observer);
  }

  async::Task<Result<void>> shake_hands(bool is_server, Deadline deadline);
  SSL* native() const { return ssl_; }

 private:
  static int bounded(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, 1 << 20));
  }
  async::Signal& signal(bool is_write) {
    return is_write ? socket_->readiness().writable : socket_->readiness().readable;
  }

  IoResult finish(int result, bool& blocks_on_write) {
    if (result > 0) return {Kind::kDone, static_cast<std::size_t>(result)};
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_WANT_READ:
        blocks_on_write = false;
        break;
      case SSL_ERROR_WANT_WRITE:
        blocks_on_write = true;
        break;
      case SSL_ERROR_ZERO_RETURN:
        return {Kind::kEnd, 0};
      default:
        return {Kind::kFailed, 0};  // an end without close_notify too: the data may have been cut
    }
    // After a hang-up no edge comes for reading any more; room for writing is still told.
    if (blocks_on_write || !socket_->readiness().has_hung_up) signal(blocks_on_write).reset();
    return {Kind::kBlocked, 0};
  }

  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<SocketStream> socket_;
  SSL* ssl_;
  bool read_blocks_on_write_ = false;
  bool write_blocks_on_write_ = true;
  bool is_closed_ = false;
};

async::Task<Result<void>> TlsStream::shake_hands(bool is_server, Deadline deadline) {
  while (true) {
    ERR_clear_error();
    const int result = is_server ? SSL_accept(ssl_) : SSL_connect(ssl_);
    if (result == 1) co_return Result<void>();
    bool on_write = false;
    const IoResult io = finish(result, on_write);
    if (io.kind != Kind::kBlocked) {
      const long verified = SSL_get_verify_result(ssl_);
      const std::string reason =
          verified == X509_V_OK ? "" : X509_verify_cert_error_string(verified);
      co_return fail(ErrorCode::kUpstreamFailed, "A secure connection could not be made.",
                     "TLS handshake failed: " + reason);
    }
    const auto wake = co_await signal(on_write).wait(deadline);
    if (wake == async::Wake::kTimedOut) {
      co_return fail(ErrorCode::kDeadlineExceeded, "A secure connection took too long.",
                     "TLS handshake timed out");
    }
  }
}

// OpenSSL itself tells only those extensions that it knows. The first message is the client's
// hello, and nothing more is looked at.
void note_hello(int is_written, int, int type, const void* bytes, std::size_t size, SSL* ssl,
                void* into) {
  if (is_written != 0 || type != SSL3_RT_HANDSHAKE) return;
  *static_cast<std::optional<ClientFingerprint>*>(into) =
      fingerprint_of({static_cast<const unsigned char*>(bytes), size});
  SSL_set_msg_callback(ssl, nullptr);
}

}  // namespace

async::Task<Result<AcceptedTls>> accept_tls(std::shared_ptr<const TlsContext> context,
                                            std::unique_ptr<SocketStream> socket,
                                            Deadline deadline) {
  auto stream = std::make_unique<TlsStream>(std::move(context), std::move(socket));
  std::optional<ClientFingerprint> client;
  SSL_set_msg_callback(stream->native(), note_hello);
  SSL_set_msg_callback_arg(stream->native(), &client);
  const auto done = co_await stream->shake_hands(true, deadline);
  SSL_set_msg_callback(stream->native(), nullptr);
  if (!done) co_return std::unexpected(done.error());
  co_return AcceptedTls{.stream = std::move(stream), .client = client};
}

async::Task<Result<std::unique_ptr<ByteStream>>> connect_tls(
    std::shared_ptr<const TlsContext> context, std::unique_ptr<SocketStream> socket,
    std::string host, Deadline deadline) {
  auto stream = std::make_unique<TlsStream>(std::move(context), std::move(socket));
  if (IpAddress::parse(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream->native()), host.c_str());
  } else {
    SSL_set_tlsext_host_name(stream->native(), host.c_str());
    SSL_set1_host(stream->native(), host.c_str());
  }
  const auto done = co_await stream->shake_hands(false, deadline);
  if (!done) co_return std::unexpected(done.error());
  co_return std::unique_ptr<ByteStream>(std::move(stream));
}

}  // namespace gatehouse::net
