#include "gatehouse/crypto/sealer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace gatehouse::crypto {
namespace {

class Sealing : public testing::Test {
 protected:
  SecureRandom random_;
  const SealingKeys keys_ = SealingKeys::make(random_);
  const Sealer sealer_{keys_, "recordings"};
};

TEST_F(Sealing, OpensWhatItSealedAndShowsNothingOfIt) {
  for (const std::string& text : {std::string(), std::string("hello"), std::string(100'000, 'a')}) {
    const auto sealed = sealer_.seal(text, "id", random_);
    EXPECT_EQ(sealed.size(), text.size() + 44);
    if (!text.empty()) EXPECT_EQ(sealed.find(text), std::string::npos);
    EXPECT_EQ(sealer_.open(sealed, "id"), text);
    EXPECT_NE(sealed, sealer_.seal(text, "id", random_)) << "each has a nonce of its own";
  }
}

TEST_F(Sealing, OpensNothingElse) {
  const auto sealed = sealer_.seal("hello", "id", random_);
  EXPECT_EQ(sealer_.open(sealed, "other"), std::nullopt);
  EXPECT_EQ(Sealer(keys_, "other").open(sealed, "id"), std::nullopt);
  EXPECT_EQ(Sealer(SealingKeys::make(random_), "recordings").open(sealed, "id"), std::nullopt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(sealer_.open(changed, "id"), std::nullopt) << i;
    EXPECT_EQ(sealer_.open(sealed.substr(0, i), "id"), std::nullopt) << i;
  }
}

TEST_F(Sealing, GoesOnWithANewKeyAndOpensWhatOldOnesSealed) {
  const auto old = sealer_.seal("hello", "id", random_);
  const auto rotated = keys_.rotated(random_);
  const Sealer sealer(rotated, "recordings");
  EXPECT_EQ(sealer.open(old, "id"), "hello");
  EXPECT_TRUE(sealer.is_outdated(old));
  const auto fresh = sealer.seal("hello", "id", random_);
  EXPECT_FALSE(sealer.is_outdated(fresh));
  EXPECT_EQ(sealer_.open(fresh, "id"), std::nullopt);
  const Sealer last(rotated.newest_only(), "recordings");
  EXPECT_EQ(last.open(fresh, "id"), "hello");
  EXPECT_EQ(last.open(old, "id"), std::nullopt);
}

TEST_F(Sealing, NewKeysReachAllCopies) {
  const Sealer copy = sealer_;
  const auto old = copy.seal("hello", "id", random_);
  const auto rotated = keys_.rotated(random_);
  Sealer(sealer_).use(rotated);
  EXPECT_TRUE(copy.is_outdated(old));
  EXPECT_EQ(copy.open(old, "id"), "hello");
  const auto fresh = copy.seal("hello", "id", random_);
  EXPECT_TRUE(fresh.starts_with(copy.newest_mark()));
  Sealer(sealer_).use(rotated.newest_only());
  EXPECT_EQ(copy.open(old, "id"), std::nullopt);
  EXPECT_EQ(copy.open(fresh, "id"), "hello");
}

TEST_F(Sealing, KeysCanBeReplacedWhileOthersSealAndOpen) {
  auto keys = keys_;
  std::atomic<bool> is_done = false;
  std::atomic<int> lost = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      SecureRandom random;
      while (!is_done) {
        if (sealer_.open(sealer_.seal("hello", "id", random), "id") != "hello") ++lost;
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    keys = keys.rotated(random_);
    Sealer(sealer_).use(keys);
  }
  is_done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lost, 0);
}

TEST_F(Sealing, KeysComeBackFromTheirText) {
  const auto rotated = keys_.rotated(random_);
  const auto again = SealingKeys::from_text(rotated.text().reveal());
  ASSERT_TRUE(again);
  EXPECT_EQ(Sealer(*again, "x").open(Sealer(rotated, "x").seal("hello", "", random_), ""), "hello");
  const std::string line(keys_.text().reveal());
  for (const std::string& bad :
       {std::string(), std::string("1"), "0" + line.substr(1), line + line, "x" + line,
        line.substr(0, line.size() - 3), std::string("1 c2hvcnQ")}) {
    EXPECT_FALSE(SealingKeys::from_text(bad)) << bad;
  }
}

}  // namespace
}  // namespace gatehouse::crypto
