// Names to addresses, and back.
#pragma once

#include <string>
#include <vector>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/base/ip_address.hpp"

namespace gatehouse::net {

// Safe to call from any worker; resumes on the one named.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // At least one address, in the order to try them; an address literal is its own answer.
  virtual async::Task<Result<std::vector<IpAddress>>> resolve(async::Worker& home,
                                                              std::string host) = 0;
  // What the owner of the address calls it; empty: it has no name. Whoever has an address may call
  // it anything: is_named_below() asks the name, too.
  virtual async::Task<Result<std::string>> name_of(async::Worker& home, IpAddress address) = 0;
};

// Whether `address` has a name below one of the domains, and that name leads back to it.
async::Task<Result<bool>> is_named_below(Resolver& resolver, async::Worker& home, IpAddress address,
                                         std::vector<std::string> domains);

// The system's resolver on a pool, since it blocks. Answers are not cached: connections are pooled
// instead.
class SystemResolver final : public Resolver {
 public:
  explicit SystemResolver(async::BlockingPool& pool) : pool_(pool) {}
  async::Task<Result<std::vector<IpAddress>>> resolve(async::Worker& home,
                                                      std::string host) override;
  async::Task<Result<std::string>> name_of(async::Worker& home, IpAddress address) override;

 private:
  async::BlockingPool& pool_;
};

}  // namespace gatehouse::net
