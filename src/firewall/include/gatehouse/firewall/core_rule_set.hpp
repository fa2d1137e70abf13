// The OWASP Core Rule Set, run by libmodsecurity, as the guard's firewall.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/guard/firewall.hpp"

namespace gatehouse::firewall {

class Inspector;

struct CoreRuleSetSettings {
  std::string module_path;   // gatehouse-firewall.so, which alone links libmodsecurity
  std::string rules_folder;  // the rules of CRS 3.3
  unsigned paranoia = 1;     // 1 to 4
  bool reads_messages = false;
  unsigned threads = 1;
  std::size_t queue_limit = 256;  // requests that wait for a thread
  Duration patience = std::chrono::milliseconds(500);
};

// Loads the module, the library and the rules (some 50 ms and 20 MB) and keeps them: where it isn't
// opened, nothing of them is in memory. A lane of threads of its own; one that is full or takes too
// long leaves the request unscanned. Safe from any worker.
class CoreRuleSet final : public guard::Firewall {
 public:
  // Blocks. The error says which package to install.
  static Result<std::unique_ptr<CoreRuleSet>> open(CoreRuleSetSettings settings);
  ~CoreRuleSet() override;

  async::Task<guard::FirewallReport> look_at(async::Worker& home,
                                             guard::FirewallRequest request) override;
  // The same on this thread.
  guard::FirewallReport look_at_now(const guard::FirewallRequest& request);

 private:
  CoreRuleSet(const CoreRuleSetSettings& settings, std::unique_ptr<Inspector> inspector);
  std::string_view name_of(int rule);

  const Duration patience_;
  const std::unique_ptr<Inspector> inspector_;
  std::mutex names_mutex_;
  std::map<int, std::string> names_;  // of rules that were hit; their places never change
  async::BlockingPool lane_;          // the last member, so that it is joined first
};

}  // namespace gatehouse::firewall
