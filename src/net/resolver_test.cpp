#include "gatehouse/net/resolver.hpp"

#include <gtest/gtest.h>

#include <map>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/async/testing/stepped_worker.hpp"

namespace gatehouse::net {
namespace {

// Names as a test writes them; what isn't there fails.
class WrittenResolver final : public Resolver {
 public:
  std::map<std::string, std::string> names;      // of addresses
  std::map<std::string, std::string> addresses;  // of names

  async::Task<Result<std::vector<IpAddress>>> resolve(async::Worker&, std::string host) override {
    const auto found = addresses.find(host);
    if (found == addresses.end()) co_return fail(ErrorCode::kUpstreamFailed, "none");
    co_return std::vector{*IpAddress::parse("192.0.2.99"), *IpAddress::parse(found->second)};
  }
  async::Task<Result<std::string>> name_of(async::Worker&, IpAddress address) override {
    const auto found = names.find(address.to_string());
    if (found == names.end()) co_return fail(ErrorCode::kUpstreamFailed, "away");
    co_return found->second;
  }
};

class IsNamedBelow : public testing::Test {
 protected:
  std::string of(std::string_view address) {
    std::string answer = "none";
    async::TaskGroup tasks(*worker_, [](std::string_view, std::exception_ptr exception) {
      std::rethrow_exception(exception);
    });
    tasks.spawn("ask", ask(*IpAddress::parse(address), answer));
    worker_.settle();
    return answer;
  }
  async::Task<void> ask(IpAddress address, std::string& answer) {
    const auto found =
        co_await is_named_below(resolver_, *worker_, address, {"googlebot.com", "google.com"});
    answer = !found ? "failed" : *found ? "yes" : "no";
  }

  async::testing::SteppedWorker worker_;
  WrittenResolver resolver_;
};

TEST_F(IsNamedBelow, NeedsANameThatLeadsBack) {
  resolver_.names = {{"66.249.66.1", "Crawl-66-249-66-1.Googlebot.com."},
                     {"198.51.100.1", "crawl-66-249-66-1.googlebot.com"},
                     {"198.51.100.2", "gone.googlebot.com"}};
  resolver_.addresses = {{"crawl-66-249-66-1.googlebot.com", "66.249.66.1"}};
  EXPECT_EQ(of("66.249.66.1"), "yes");
  EXPECT_EQ(of("198.51.100.1"), "no") << "whoever has an address may call it anything";
  EXPECT_EQ(of("198.51.100.2"), "failed") << "the name can't be asked";
  EXPECT_EQ(of("198.51.100.3"), "failed") << "the address can't be asked";
}

TEST_F(IsNamedBelow, IsNotTakenInByNamesThatLookAlike) {
  for (const char* name : {"", "googlebot.com", "evilgooglebot.com", "googlebot.com.evil.example",
                           "crawl.googlebot.com.", "crawl.googlebot.community"}) {
    resolver_.names = {{"198.51.100.1", name}};
    resolver_.addresses = {{"crawl.googlebot.com", "192.0.2.1"}};
    EXPECT_EQ(of("198.51.100.1"), "no") << name;
  }
}

}  // namespace
}  // namespace gatehouse::net
