// gatehouse-extract <media type> <document >reply: one document, then the end. Started by
// extract::Extractor.
#include <unistd.h>

#include <cerrno>
#include <new>
#include <string>

#include "gatehouse/extract/reply_codec.hpp"
#include "gatehouse/extract_parsers/parsers.hpp"
#include "sandbox.hpp"

namespace {

using gatehouse::ErrorCode;
using gatehouse::knowledge::kMaxDocumentBytes;

constexpr int kExitNoSandbox = 3;
constexpr int kExitNoReply = 4;

// Grows as it reads: to clear 8 MB for a file of one kilobyte would cost more than parsing it.
std::string read_input() {
  constexpr std::size_t kFirstBytes = 64u << 10;
  std::string bytes(kFirstBytes, '\0');
  std::size_t size = 0;
  while (size <= kMaxDocumentBytes) {
    if (size == bytes.size()) bytes.resize(2 * size);
    const auto got = ::read(STDIN_FILENO, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

bool write_output(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string reply_to(std::string_view media_type) {
  try {
    return gatehouse::extract::encode_reply(
        gatehouse::extract::parse_document(media_type, read_input()));
  } catch (const std::bad_alloc&) {
    return gatehouse::extract::encode_reply(
        gatehouse::fail(ErrorCode::kTooLarge, "It needs more memory than a document may take."));
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2 || ::isatty(STDIN_FILENO) == 1) {
    constexpr std::string_view kUsage =
        "gatehouse-extract is started by gatehouse: gatehouse-extract <media type> <document\n";
    return ::write(STDERR_FILENO, kUsage.data(), kUsage.size()) > 0 ? 2 : kExitNoReply;
  }
  // A document is never read outside the sandbox: no answer is better.
  if (!gatehouse::extract::enter_sandbox()) return kExitNoSandbox;
  const bool is_written = write_output(reply_to(arguments[1]));
  // Static destructors have nothing to do that the sandbox would let them.
  ::_exit(is_written ? 0 : kExitNoReply);
}
