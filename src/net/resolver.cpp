#include "gatehouse/net/resolver.hpp"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "gatehouse/base/text.hpp"
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

Result<std::string> look_up_name(const IpAddress& address) {
  const SocketAddress from({address, 0});
  std::array<char, NI_MAXHOST> name{};
  const int error =
      getnameinfo(from.get(), from.size(), name.data(), name.size(), nullptr, 0, NI_NAMEREQD);
  if (error == 0) return std::string(name.data());
  if (error == EAI_NONAME) return std::string();
  return fail(ErrorCode::kUpstreamFailed, "The address can't be looked up.",
              "name of " + address.to_string() + ": " + gai_strerror(error));
}

bool is_below(std::string_view name, std::string_view domain) {
  return name.size() > domain.size() && name.ends_with(domain) &&
         name[name.size() - domain.size() - 1] == '.';
}

}  // namespace

async::Task<Result<bool>> is_named_below(Resolver& resolver, async::Worker& home, IpAddress address,
                                         std::vector<std::string> domains) {
  const auto found = co_await resolver.name_of(home, address);
  if (!found) co_return std::unexpected(found.error());
  std::string name = to_lower_ascii(*found);
  if (name.ends_with('.')) name.pop_back();
  const bool is_claimed = std::ranges::any_of(
      domains, [&](const std::string& domain) { return is_below(name, domain); });
  if (!is_claimed) co_return false;
  const auto addresses = co_await resolver.resolve(home, name);
  if (!addresses) co_return std::unexpected(addresses.error());
  co_return std::ranges::find(*addresses, address) != addresses->end();
}

async::Task<Result<std::string>> SystemResolver::name_of(async::Worker& home, IpAddress address) {
  co_return co_await pool_.run(home, [address] { return look_up_name(address); });
}

async::Task<Result<std::vector<IpAddress>>> SystemResolver::resolve(async::Worker& home,
                                                                    std::string host) {
  if (const auto literal = IpAddress::parse(host)) co_return std::vector{*literal};
  co_return co_await pool_.run(home, [name = std::move(host)] { return look_up(name); });
}

}  // namespace gatehouse::net
