#include "sandbox.hpp"

#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <array>

namespace gatehouse::extract {
namespace {

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
// A sanitizer maps terabytes and calls more of the kernel than a list could hold.
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

bool limit(int resource, rlim_t value) {
  const rlimit both{.rlim_cur = value, .rlim_max = value};
  return ::setrlimit(static_cast<__rlimit_resource>(resource), &both) == 0;
}

bool limit_resources() {
  constexpr rlim_t kMemoryBytes = 1u << 30;
  constexpr rlim_t kCpuSeconds = 10;
  constexpr rlim_t kDescriptors = 3;
  // Past the soft limit comes SIGXCPU, which tells the parent why; past the hard one SIGKILL.
  const rlimit cpu{.rlim_cur = kCpuSeconds, .rlim_max = kCpuSeconds + 1};
  bool is_limited = ::setrlimit(RLIMIT_CPU, &cpu) == 0 && limit(RLIMIT_NOFILE, kDescriptors) &&
                    limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0);
  if (!kIsSanitized) is_limited = is_limited && limit(RLIMIT_AS, kMemoryBytes);
  return is_limited;
}

bool allow(scmp_filter_ctx filter) {
  constexpr std::array kAllowed = {
      SCMP_SYS(read),       SCMP_SYS(write),        SCMP_SYS(brk),           SCMP_SYS(munmap),
      SCMP_SYS(mremap),     SCMP_SYS(madvise),      SCMP_SYS(futex),         SCMP_SYS(exit),
      SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(clock_gettime),
  };
  for (const int call : kAllowed) {
    if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) != 0) return false;
  }
  // Memory, but never memory that can be executed.
  const scmp_arg_cmp no_execution{
      .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0};
  return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_execution) == 0 &&
         seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_execution) == 0;
}

bool filter_system_calls() {
  if (kIsSanitized) return true;
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == nullptr) return false;
  const bool is_filtered = allow(filter) && seccomp_load(filter) == 0;
  seccomp_release(filter);
  return is_filtered;
}

}  // namespace

bool enter_sandbox() {
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_DUMPABLE, 0) == 0 &&
         ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && limit_resources() && filter_system_calls();
}

}  // namespace gatehouse::extract
