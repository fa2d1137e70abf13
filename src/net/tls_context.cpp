#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "gatehouse/net/tls.hpp"

namespace gatehouse::net {
namespace {

std::string openssl_reason() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  return code == 0 ? std::string("unknown reason") : std::string(text.data());
}

std::unexpected<Error> refuse(const std::string& path, std::string_view what,
                              std::string_view advice) {
  return fail(ErrorCode::kInvalid, path + ": " + std::string(what) + ". " + std::string(advice));
}

Result<void> check_key(const std::string& path, const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
    if (bits >= 2048) return {};
    return refuse(path, "this RSA key has " + std::to_string(bits) + " bits",
                  "Make one of at least 2048 bits.");
  }
  std::array<char, 64> group{};
  std::size_t length = 0;
  const bool is_curve = EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1;
  const std::string_view name(group.data(), length);
  if (is_curve &&
      (name == "prime256v1" || name == "P-256" || name == "secp384r1" || name == "P-384"))
    return {};
  return refuse(path, "this kind of key is not accepted",
                "Use RSA of at least 2048 bits or a P-256 key.");
}

Result<void> check_dates(const std::string& path, const X509* certificate) {
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
    return refuse(path, "the certificate is not valid yet", "Check the clock of this machine.");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
    return refuse(path, "the certificate has expired", "Renew it and send SIGHUP.");
  }
  return {};
}

Result<void> check_readable(const std::string& path, std::string_view setting) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (file) return {};
  return refuse(path, std::string("can't be read: ") + std::strerror(errno),
                std::string("Check ") + std::string(setting) + " and the rights of the file.");
}

void set_common_options(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Forward secrecy and authenticated encryption only.
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!SHA1");
  // An idle connection keeps no 32 KB of record buffers; a write may be repeated from another
  // address.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

}  // namespace

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const TlsContext>> TlsContext::for_server(
    const std::string& certificate_path, const std::string& key_path) {
  if (auto readable = check_readable(certificate_path, "TLS_CERT_PATH"); !readable)
    return std::unexpected(readable.error());
  if (auto readable = check_readable(key_path, "TLS_KEY_PATH"); !readable)
    return std::unexpected(readable.error());
  std::shared_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* const context = made->context_;
  set_common_options(context);
  // OpenSSL's own floor would refuse a small key with its own words; check_key says it better.
  SSL_CTX_set_security_level(context, 1);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_path.c_str()) != 1) {
    return refuse(certificate_path, "is not a certificate in PEM form (" + openssl_reason() + ")",
                  "Check the file.");
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_path.c_str(), SSL_FILETYPE_PEM) != 1) {
    return refuse(key_path, "is not the key of the certificate (" + openssl_reason() + ")",
                  "Check that both belong together.");
  }
  if (auto good = check_key(key_path, SSL_CTX_get0_privatekey(context)); !good)
    return std::unexpected(good.error());
  if (auto good = check_dates(certificate_path, SSL_CTX_get0_certificate(context)); !good)
    return std::unexpected(good.error());
  return made;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::for_client(
    const std::string& extra_authorities_path) {
  std::shared_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_client_method())));
  set_common_options(made->context_);
  SSL_CTX_set_default_verify_paths(made->context_);
  if (!extra_authorities_path.empty() &&
      SSL_CTX_load_verify_locations(made->context_, extra_authorities_path.c_str(), nullptr) != 1) {
    return refuse(extra_authorities_path, "holds no certificates (" + openssl_reason() + ")",
                  "Check the file.");
  }
  SSL_CTX_set_verify(made->context_, SSL_VERIFY_PEER, nullptr);
  return made;
}

}  // namespace gatehouse::net
