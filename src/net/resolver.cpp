#include "gatehouse/net/resolver.hpp"

#include <netdb.h>

#include <cstring>

#include "socket_address.hpp"

namespace gatehouse::net {
namespace {

Result<std::vector<IpAddress>> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) {
    return fail(ErrorCode::kUpstreamFailed, "The answering service can't be found.",
                "resolve " + host + ": " + gai_strerror(error));
  }
  std::vector<IpAddress> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    std::memcpy(address.get(), entry->ai_addr, entry->ai_addrlen);
    addresses.push_back(address.endpoint().address);
  }
  freeaddrinfo(list);
  return addresses;
}

}  // namespace

async::Task<Result<std::vector<IpAddress>>> SystemResolver::resolve(async::Worker& home,
                                                                    std::string host) {
  if (const auto literal = IpAddress::parse(host)) co_return std::vector{*literal};
  co_return co_await pool_.run(home, [name = std::move(host)] { return look_up(name); });
}

}  // namespace gatehouse::net
