// From a request's head to a handler: route, guard, identity, limits, and the terms of the
// response.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "gatehouse/codec/http1_head.hpp"
#include "gatehouse/guard/pipeline.hpp"
#include "gatehouse/identity/authenticator.hpp"
#include "gatehouse/net/client_hello.hpp"
#include "gatehouse/server/pipeline_settings.hpp"
#include "gatehouse/server/route.hpp"
#include "gatehouse/telemetry/log.hpp"
#include "http1_writer.hpp"

namespace gatehouse::server {

// A request that was let in, with what its answer needs. The receipt makes it Admitted.
struct Prepared {
  const Route* route = nullptr;
  guard::AdmissionReceipt receipt;
  Principal principal;
  std::string parameter;  // what stood for {id}
  IpAddress client;
  bool is_secure = false;
  bool expects_continue = false;
};

// A request that ends here: the writer has its answer.
struct Answered {};

struct Arrival {
  const codec::RequestHead& head;
  IpAddress peer;
  bool is_secure = false;  // TLS on this connection
  bool redirects_to_https = false;
  bool is_body_here = false;                           // it came with the head, or there is none
  const net::ClientFingerprint* tls_client = nullptr;  // null: not known
};

// One per worker; used on its thread only.
class RequestPipeline {
 public:
  RequestPipeline(const Router& router, guard::Pipeline& guards,
                  const identity::Authenticator& authenticator,
                  std::shared_ptr<const PipelineSettings> settings, telemetry::Log& log,
                  telemetry::Counters& counters, Random& random);

  // Opens the writer for this request and either lets it in or answers it.
  std::expected<Prepared, Answered> prepare(const Arrival& arrival, Http1Writer& writer);
  // Whether pass_firewall() is to be awaited: without a firewall nothing is.
  bool asks_firewall(const Prepared& prepared) const {
    return guards_.asks_firewall(prepared.route->rules.endpoint, settings_->policy);
  }
  // The whole request, whose head is still in scratch_head(), before its handler sees it. False: it
  // is answered. Other requests may have used scratch_head() afterwards.
  async::Task<bool> pass_firewall(async::Worker& worker, const Prepared& prepared,
                                  std::string_view body, Http1Writer& writer);
  // The answer to a head that can't be read.
  void refuse(const codec::HeadFault& fault, Http1Writer& writer);
  // A problem in the form of the route. The response must not have begun.
  void send_error(Http1Writer& writer, ErrorForm form, const Error& error,
                  std::string_view request_id);
  // A bug of a handler.
  void note_failure(std::string_view what, std::string_view request_id);
  void note_finished(const Prepared& prepared, const Http1Writer& writer,
                     std::string_view request_id);

  codec::RequestHead& scratch_head() { return scratch_head_; }
  void replace(std::shared_ptr<const PipelineSettings> settings) {
    settings_ = std::move(settings);
  }
  const PipelineSettings& settings() const { return *settings_; }

 private:
  guard::RequestView view_of(const Arrival& arrival, const Router::Match& match,
                             const IpAddress& client, bool is_secure) const;
  void choose_request_id(const codec::RequestHead& head, bool is_peer_trusted);
  bool is_trusted(const IpAddress& peer) const;
  void fill_terms(const codec::RequestHead& head, const guard::RequestView& view,
                  ResponseTerms& terms);
  void append_cors(std::string& lines, const guard::RequestView& view) const;
  void send_preflight(Http1Writer& writer, const codec::RequestHead& head,
                      const guard::RequestView& view, const Router::Match& match) const;
  void redirect(Http1Writer& writer, const codec::RequestHead& head) const;
  std::optional<Error> check_route(const Router::Match& match,
                                   const guard::RequestView& view) const;
  Result<Principal> authenticate(const codec::RequestHead& head, const Route& route,
                                 const guard::RequestView& view) const;

  const Router& router_;
  guard::Pipeline& guards_;
  const identity::Authenticator& authenticator_;
  std::shared_ptr<const PipelineSettings> settings_;
  telemetry::Log& log_;
  telemetry::Counters& counters_;
  codec::RequestHead scratch_head_;
  std::string request_id_;
  std::string id_prefix_;
  std::uint64_t id_counter_ = 0;
};

}  // namespace gatehouse::server
