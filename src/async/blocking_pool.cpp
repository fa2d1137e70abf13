#include "gatehouse/async/blocking_pool.hpp"

#include <pthread.h>
#include <sys/resource.h>

namespace gatehouse::async {

BlockingPool::BlockingPool(std::string name, unsigned threads, std::size_t queue_limit,
                           Importance importance)
    : name_(std::move(name)), queue_limit_(queue_limit) {
  for (unsigned i = 0; i < threads; ++i) {
    threads_.emplace_back([this, importance] { work(importance); });
    pthread_setname_np(threads_.back().native_handle(), name_.substr(0, 15).c_str());
  }
}

BlockingPool::~BlockingPool() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool BlockingPool::submit(std::move_only_function<void()> function) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= queue_limit_) return false;
    queue_.push_back(std::move(function));
  }
  has_work_.notify_one();
  return true;
}

void BlockingPool::work(Importance importance) {
  constexpr int kNice = 10;
  // On Linux this is of the calling thread. Without it the work is done all the same.
  if (importance == Importance::kWhenIdle) setpriority(PRIO_PROCESS, 0, kNice);
  while (true) {
    std::move_only_function<void()> function;
    {
      std::unique_lock lock(mutex_);
      has_work_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      function = std::move(queue_.front());
      queue_.pop_front();
    }
    function();
  }
}

}  // namespace gatehouse::async
