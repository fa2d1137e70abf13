// Names to addresses.
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
};

// The system's resolver on a pool, since it blocks. Answers are not cached: connections are pooled
// instead.
class SystemResolver final : public Resolver {
 public:
  explicit SystemResolver(async::BlockingPool& pool) : pool_(pool) {}
  async::Task<Result<std::vector<IpAddress>>> resolve(async::Worker& home,
                                                      std::string host) override;

 private:
  async::BlockingPool& pool_;
};

}  // namespace gatehouse::net
