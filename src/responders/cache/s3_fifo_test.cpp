#include "gatehouse/responders/cache/s3_fifo.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

namespace gatehouse::responders {
namespace {

chat::ReplyKey key_of(int number) { return crypto::sha256(std::to_string(number)); }

std::shared_ptr<const KeptReply> reply_of(std::size_t bytes) {
  return std::make_shared<const KeptReply>(KeptReply{.events = {}, .kept_at = {}, .bytes = bytes});
}

// The same by the paper's words, with nothing but lists that are searched from end to end.
class Model {
 public:
  explicit Model(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  bool find(int key) {
    for (auto* const queue : {&small_, &main_}) {
      for (auto& entry : *queue) {
        if (entry.key != key) continue;
        entry.uses = std::min(entry.uses + 1, 3);
        return true;
      }
    }
    return false;
  }
  void put(int key, std::size_t bytes) {
    const auto ghost = std::ranges::find(ghosts_, key);
    auto& queue = ghost == ghosts_.end() ? small_ : main_;
    if (ghost != ghosts_.end()) ghosts_.erase(ghost);
    queue.push_back({key, bytes, 0});
    while (bytes_in(small_) + bytes_in(main_) > max_bytes_) evict();
  }

 private:
  struct Entry {
    int key;
    std::size_t bytes;
    int uses;
  };
  using Queue = std::deque<Entry>;  // the oldest first
  static std::size_t bytes_in(const Queue& queue) {
    std::size_t bytes = 0;
    for (const auto& entry : queue) bytes += entry.bytes;
    return bytes;
  }
  void evict() {
    if (bytes_in(small_) > max_bytes_ / 10 || main_.empty()) {
      while (!small_.empty()) {
        const Entry entry = small_.front();
        small_.pop_front();
        if (entry.uses <= 1) {
          ghosts_.push_back(entry.key);
          while (ghosts_.size() > std::max<std::size_t>(main_.size(), 16)) ghosts_.pop_front();
          return;
        }
        main_.push_back({entry.key, entry.bytes, 0});
      }
      return;
    }
    while (true) {
      Entry entry = main_.front();
      main_.pop_front();
      if (entry.uses == 0) return;
      --entry.uses;
      main_.push_back(entry);
    }
  }

  const std::size_t max_bytes_;
  Queue small_;
  Queue main_;
  std::deque<int> ghosts_;
};

TEST(S3Fifo, KeepsWhatTheModelKeepsUnderRandomTraffic) {
  constexpr std::size_t kMaxBytes = 60'000;
  for (const unsigned seed : {1U, 2U, 3U, 4U}) {
    S3Fifo fifo(kMaxBytes);
    Model model(kMaxBytes);
    std::mt19937 random(seed);
    std::geometric_distribution<int> which(0.02);
    int hits = 0;
    for (int i = 0; i < 20'000; ++i) {
      const int key = which(random) + (i / 5000) * 20;  // what is liked moves on
      const bool is_there = fifo.find(key_of(key)) != nullptr;
      ASSERT_EQ(is_there, model.find(key)) << "seed " << seed << ", step " << i;
      hits += is_there ? 1 : 0;
      if (is_there) continue;
      const std::size_t bytes = 200 + static_cast<std::size_t>(key * 37 % 1500);
      fifo.put(key_of(key), reply_of(bytes));
      model.put(key, bytes + S3Fifo::kEntryBytes);
      ASSERT_LE(fifo.bytes(), kMaxBytes);
    }
    EXPECT_GT(hits, 10'000);
    EXPECT_GT(fifo.evictions(), 100U);
  }
}

TEST(S3Fifo, ManyThatAreAskedForOnceDriveNothingOutThatIsLiked) {
  S3Fifo fifo(40 * 1192);
  for (int key = 0; key < 20; ++key) fifo.put(key_of(key), reply_of(1000));
  for (int i = 0; i < 2; ++i)
    for (int key = 0; key < 20; ++key) EXPECT_NE(fifo.find(key_of(key)), nullptr);
  for (int key = 100; key < 1100; ++key) fifo.put(key_of(key), reply_of(1000));
  for (int key = 0; key < 20; ++key) EXPECT_NE(fifo.find(key_of(key)), nullptr) << key;
}

TEST(S3Fifo, ReplacesRemovesAndRefusesWhatIsTooLarge) {
  S3Fifo fifo(10'000);
  fifo.put(key_of(1), reply_of(1000));
  fifo.put(key_of(1), reply_of(2000));
  EXPECT_EQ(fifo.entries(), 1U);
  EXPECT_EQ(fifo.bytes(), 2000 + S3Fifo::kEntryBytes);
  fifo.put(key_of(2), reply_of(10'000));
  EXPECT_EQ(fifo.find(key_of(2)), nullptr);
  fifo.remove(key_of(1));
  fifo.remove(key_of(1));
  EXPECT_EQ(fifo.entries(), 0U);
  EXPECT_EQ(fifo.bytes(), 0U);
}

}  // namespace
}  // namespace gatehouse::responders
