// A server under attack may send anything: reading and judging it must always end.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "judges.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::operations;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const bool is_end : {false, true}) {
    const auto answers = read_answers(bytes, false, is_end);
    std::size_t body_bytes = 0;
    for (const auto& answer : answers) {
      body_bytes += answer.body.size();
      judge_payload(answer, "payload", "proof");
      judge_csp(answer, answer);
      judge_forwarded(answer, answer);
      judge_disclosure(answer);
    }
    if (body_bytes > size) std::abort();
  }
  return 0;
}
