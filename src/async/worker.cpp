#include "gatehouse/async/worker.hpp"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "gatehouse/async/signal.hpp"

namespace gatehouse::async {
namespace {

constexpr int kEventsPerTurn = 256;

int checked(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return descriptor;
}

}  // namespace

Worker::Worker(const Clock& clock, unsigned index)
    : clock_(clock),
      index_(index),
      now_(clock.now()),
      timers_(now_),
      epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event), "epoll_ctl");
}

Worker::~Worker() {
  close(wake_);
  close(epoll_);
}

bool Worker::is_this_thread() const { return thread_ == pthread_self(); }

void Worker::run() {
  thread_ = pthread_self();
  while (!is_stopping_.load(std::memory_order_acquire) ||
         has_posted_.load(std::memory_order_acquire) || !ready_.empty()) {
    turn();
  }
}

void Worker::stop() {
  post([this] { is_stopping_.store(true, std::memory_order_release); });
}

void Worker::post(Function function) {
  bool was_empty = false;
  {
    const std::lock_guard lock(posted_mutex_);
    was_empty = posted_.empty();
    posted_.push_back(std::move(function));
    has_posted_.store(true, std::memory_order_release);
  }
  if (!was_empty) return;  // who came first has woken the loop
  const std::uint64_t one = 1;
  while (write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void Worker::turn() {
  wait_for_events();
  now_ = clock_.now();
  timers_.run_until(now_);
  if (has_posted_.load(std::memory_order_acquire)) run_posted();
  run_ready();
}

void Worker::wait_for_events() {
  int wait_ms = 0;
  if (ready_.empty() && !has_posted_.load(std::memory_order_acquire)) {
    const auto wait = timers_.next_wait(now_);
    constexpr auto kRoundUp = std::chrono::microseconds(999);
    wait_ms =
        wait ? static_cast<int>(
                   std::chrono::duration_cast<std::chrono::milliseconds>(*wait + kRoundUp).count())
             : -1;
  }
  std::array<epoll_event, kEventsPerTurn> events;
  const int count = epoll_wait(epoll_, events.data(), kEventsPerTurn, wait_ms);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) {
      std::uint64_t drained = 0;
      while (read(wake_, &drained, sizeof drained) < 0 && errno == EINTR) {
      }
      continue;
    }
    auto& readiness = *static_cast<Readiness*>(event.data.ptr);
    if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readiness.has_hung_up = true;
    if ((event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
      readiness.readable.set();
    if ((event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) readiness.writable.set();
  }
}

void Worker::run_posted() {
  std::vector<Function> functions;
  {
    const std::lock_guard lock(posted_mutex_);
    functions.swap(posted_);
    has_posted_.store(false, std::memory_order_release);
  }
  for (auto& function : functions) function();
}

void Worker::run_ready() {
  // What becomes ready meanwhile waits for the next turn, so that events and timers get their
  // share.
  running_.swap(ready_);
  for (const auto handle : running_) handle.resume();
  running_.clear();
}

Result<void> Worker::watch(int descriptor, Readiness& readiness) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                    .data = {.ptr = &readiness}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    return fail(ErrorCode::kUnavailable, "The server is busy. Try again in a moment.",
                std::string("epoll_ctl: ") + std::strerror(errno));
  }
  readiness.is_watched = true;
  return {};
}

void Worker::unwatch(int descriptor, Readiness& readiness) {
  if (!readiness.is_watched) return;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  readiness.is_watched = false;
}

}  // namespace gatehouse::async
