// Which refresh families live, for checking access tokens without asking the store.
#pragma once

#include <cstdint>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::identity {

struct LiveFamily {
  std::string id;
  std::string account_id;
  std::uint64_t epoch = 0;  // of the account
};

// All that live, in memory. What this process begins and ends is taken over after it is durable;
// what others do within seconds, through load(). Safe from any thread.
class LiveFamilies {
 public:
  // Whether tokens of this epoch hold: the family lives, and its account was not changed since.
  bool is_alive(std::string_view id, std::uint64_t epoch) const;

  // The same for what goes on longer than a token holds.
  bool has_family(std::string_view id) const;

  // Not where end_before() has ended its epoch meanwhile.
  void add(LiveFamily family);
  void end(const std::vector<std::string>& ids);
  // Those of the account of epochs before this one.
  void end_before(std::string_view account_id, std::uint64_t epoch);

  // Takes over what a store has. False, and nothing happens, if this process has changed something
  // since `generation` was read.
  std::uint64_t generation() const;
  bool load(std::vector<LiveFamily> families, std::uint64_t generation);
  std::uint64_t count() const;

 private:
  struct Entry {
    std::string account_id;
    std::uint64_t epoch = 0;
  };
  // Ids are random and ours, so outsiders can't make them collide.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const noexcept {
      return std::hash<std::string_view>()(id);
    }
  };

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
  std::map<std::string, std::uint64_t, std::less<>> least_epochs_;  // by account, of this process
  std::uint64_t generation_ = 0;
};

}  // namespace gatehouse::identity
