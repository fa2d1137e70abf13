// Any text as a file of rules: it is read or refused, and what is refused names its line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gatehouse/guard/rule_document.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace guard = gatehouse::guard;
  static constexpr guard::RuleKey kTop[] = {{.name = "family", .is_required = true}};
  static constexpr guard::RuleKey kRule[] = {
      {.name = "id", .is_required = true},
      {.name = "words", .type = guard::RuleKeyType::kTexts},
      {.name = "score", .type = guard::RuleKeyType::kInteger},
      {.name = "weight", .type = guard::RuleKeyType::kNumber},
      {.name = "ordered", .type = guard::RuleKeyType::kBoolean},
      {.name = "action", .choices = "mask|cut"},
  };
  static constexpr guard::RuleForm kForms[] = {{"", kTop}, {"rule", kRule}};
  const guard::RuleFile file{"a.toml", std::string(data, data + size)};
  const auto read = guard::read_rule_documents({&file, 1}, kForms);
  if (!read && !read.error().client_message.starts_with("a.toml:")) std::abort();
  return 0;
}
