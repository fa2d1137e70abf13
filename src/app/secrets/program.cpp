#include "program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgets that C++ reads it too
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gatehouse::secrets {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  int number() const { return number_; }

 private:
  int number_;
};

// A program that was started; killed with all it has started at the latest when this goes.
class Running {
 public:
  explicit Running(pid_t id) : id_(id), ending_(pidfd_open(id, 0)) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { end(); }
  // Can be read from once it has ended.
  int ending() const { return ending_.number(); }
  // Its wait status.
  int end() {
    if (id_ <= 0) return status_;
    kill(-id_, SIGKILL);  // what has ended already keeps its status
    while (waitpid(id_, &status_, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return status_;
  }

 private:
  pid_t id_;
  int status_ = 0;
  const Descriptor ending_;
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The number of the process; an error as a negative number.
pid_t start(std::vector<std::string> arguments, std::vector<std::string> environment, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t all;
  sigset_t none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t id = -1;
  const int problem = posix_spawnp(&id, arguments.front().c_str(), &actions, &attributes,
                                   pointers_to(arguments).data(), pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return problem == 0 ? id : -problem;
}

// Until something can be read, or the time is over.
bool wait_for(int descriptor, const Clock& clock, Deadline deadline) {
  while (true) {
    const auto now = clock.now();
    if (deadline.has_passed(now)) return false;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.when() - now).count();
    pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000))) > 0)
      return true;
  }
}

std::unexpected<Error> failed(std::string message) {
  return fail(ErrorCode::kUpstreamFailed, std::move(message));
}

Result<void> read_output(int descriptor, const Clock& clock, Deadline deadline,
                         std::size_t limit_bytes, std::string& out) {
  while (wait_for(descriptor, clock, deadline)) {
    const auto had = out.size();
    out.resize(had + 4096);
    const auto got = ::read(descriptor, out.data() + had, out.size() - had);
    out.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return {};
    if (got < 0 && errno != EINTR) return failed("its output can't be read.");
    if (out.size() > limit_bytes)
      return failed("it printed more than " + std::to_string(limit_bytes) + " bytes.");
  }
  return failed("it took too long and was stopped.");
}

}  // namespace

Result<Secret> output_of(const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment, const Clock& clock,
                         const ProgramLimits& limits) {
  const auto deadline = Deadline::after(clock.now(), limits.patience);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("no pipe to it can be made.");
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  const pid_t id = start(arguments, environment, writing.number());
  if (id < 0) return failed(std::string("it can't be started: ") + std::strerror(-id) + ".");
  Running running(id);
  writing.close();
  std::string out;
  const auto read = read_output(reading.number(), clock, deadline, limits.output_bytes, out);
  Secret secret(std::move(out));
  if (!read) return std::unexpected(read.error());
  if (!wait_for(running.ending(), clock, deadline))
    return failed("it took too long and was stopped.");
  const int status = running.end();
  if (WIFSIGNALED(status))
    return failed("it ended by signal " + std::to_string(WTERMSIG(status)) + ".");
  if (WEXITSTATUS(status) != 0)
    return failed("it exited with " + std::to_string(WEXITSTATUS(status)) + ".");
  std::string_view text = secret.reveal();
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return Secret(std::string(text));
}

}  // namespace gatehouse::secrets
