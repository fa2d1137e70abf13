// For the tests of Extractor: ends in the way its argument names, inside the real sandbox.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

#include "sandbox.hpp"

int main(int count, char** arguments) {
  const std::string_view what = count > 1 ? arguments[1] : "";
  if (!gatehouse::extract::enter_sandbox()) return 3;
  if (what == "opens") return ::open("/etc/passwd", O_RDONLY);
  if (what == "garbage") return ::write(STDOUT_FILENO, "garbage", 7) == 7 ? 0 : 1;
  if (what == "crashes") __builtin_trap();
  if (what == "hangs") {
    volatile bool is_forever = true;
    while (is_forever) {
    }
  }
  if (what == "floods") {
    static char zeros[1 << 16];
    while (::write(STDOUT_FILENO, zeros, sizeof zeros) > 0) {
    }
  }
  return 0;
}
