#include "gatehouse/extract/extractor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "gatehouse/extract/reply_codec.hpp"

namespace gatehouse::extract {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (value_ >= 0) ::close(std::exchange(value_, -1));
  }
  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }

 private:
  int value_;
};

std::unexpected<Error> cannot_start(const char* step) {
  return fail(ErrorCode::kUnavailable, "The document reader can't be started.",
              std::string("gatehouse-extract: ") + step + ": " + std::strerror(errno));
}

// The document as an open file without a name: nothing to clean up, and no pipe to fill while the
// child may be dead.
Result<Descriptor> memory_file(std::string_view bytes) {
  Descriptor file(memfd_create("document", MFD_CLOEXEC));
  if (!file.is_open()) return cannot_start("memfd_create");
  while (!bytes.empty()) {
    const auto written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return cannot_start("write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return cannot_start("lseek");
  return file;
}

// A child that has been started and not been waited for. Killed and reaped at the latest when this
// dies.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { finish(); }

  // Its wait status. A kill changes nothing for a child that is ending: what ended it is settled
  // before its pipe closes.
  int finish() {
    if (id_ <= 0) return status_;
    ::kill(id_, SIGKILL);
    while (::waitpid(id_, &status_, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return status_;
  }

 private:
  pid_t id_;
  int status_ = 0;
};

class SpawnPlan {
 public:
  SpawnPlan(int input, int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  Result<pid_t> spawn(std::string program, std::string media_type) {
    std::array<char*, 3> arguments = {program.data(), media_type.data(), nullptr};
    std::array<char*, 1> environment = {nullptr};
    pid_t id = -1;
    errno = posix_spawn(&id, program.c_str(), &actions_, &attributes_, arguments.data(),
                        environment.data());
    if (errno != 0) return cannot_start("posix_spawn");
    return id;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

enum class ReadEnd { kDone, kTimedOut, kTooLong, kFailed };

ReadEnd read_all(int descriptor, const Clock& clock, Deadline deadline, std::string& out) {
  constexpr std::size_t kReadBytes = 64u << 10;
  while (true) {
    const auto now = clock.now();
    if (deadline.has_passed(now)) return ReadEnd::kTimedOut;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.when() - now).count();
    pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready < 0 && errno != EINTR) return ReadEnd::kFailed;
    if (ready <= 0) continue;
    const auto had = out.size();
    out.resize(had + kReadBytes);
    const auto got = ::read(descriptor, out.data() + had, kReadBytes);
    out.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return ReadEnd::kDone;
    if (got < 0 && errno != EINTR) return ReadEnd::kFailed;
    if (out.size() > kMaxReplyBytes) return ReadEnd::kTooLong;
  }
}

std::unexpected<Error> died_of(int status) {
  constexpr auto kCode = ErrorCode::kUnsupportedMedia;
  if (!WIFSIGNALED(status)) {
    return fail(kCode, "The document reader ended without an answer.",
                "gatehouse-extract: exit status " + std::to_string(WEXITSTATUS(status)));
  }
  const int signal_number = WTERMSIG(status);
  const auto detail = "gatehouse-extract: signal " + std::to_string(signal_number);
  if (signal_number == SIGXCPU) {
    return fail(kCode, "It takes too long to read; its layout may be nested too deeply.", detail);
  }
  if (signal_number == SIGSYS) {
    return fail(kCode, "Reading it was stopped: it made the reader do what a reader never does.",
                detail);
  }
  return fail(kCode, "The document reader crashed on it.", detail);
}

}  // namespace

Extractor::Extractor(std::string program, const Clock& clock, Duration deadline)
    : program_(std::move(program)), clock_(clock), deadline_(deadline) {}

Result<knowledge::ExtractedDocument> Extractor::parse(std::string_view media_type,
                                                      std::string_view bytes) {
  if (bytes.size() > knowledge::kMaxDocumentBytes) {
    return fail(ErrorCode::kTooLarge, "It is larger than 8 MB.");
  }
  auto input = memory_file(bytes);
  if (!input) return std::unexpected(std::move(input.error()));
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot_start("pipe2");
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  auto id = SpawnPlan(input->get(), writing.get()).spawn(program_, std::string(media_type));
  if (!id) return std::unexpected(std::move(id.error()));
  Child child(*id);
  writing.close();

  std::string reply;
  const auto end = read_all(reading.get(), clock_, Deadline::after(clock_.now(), deadline_), reply);
  const int status = child.finish();
  switch (end) {
    case ReadEnd::kTimedOut:
      return fail(ErrorCode::kDeadlineExceeded, "It takes too long to read.");
    case ReadEnd::kTooLong:
      return fail(ErrorCode::kTooLarge, "Its text is too long.");
    case ReadEnd::kFailed:
      return cannot_start("read");
    case ReadEnd::kDone:
      break;
  }
  if (reply.empty()) return died_of(status);
  auto document = decode_reply(reply);
  if (!document && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) return died_of(status);
  return document;
}

}  // namespace gatehouse::extract
