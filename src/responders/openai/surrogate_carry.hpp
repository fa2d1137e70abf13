// Characters that a backend has divided between two chunks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::responders {

// JSON writes a character such as an emoji as two escapes. Backends that cut text by UTF-16 units
// send one in each of two chunks, and neither is valid JSON. The first waits here for the second,
// apart for each text of a reply; one that stays alone becomes U+FFFD. One reply's.
class SurrogateCarry {
 public:
  // The JSON text with halves of characters written as stand-ins that can be read; nothing if it
  // has none.
  static std::optional<std::string> mend(std::string_view json_text);

  // Whether texts need join(): the chunk was mended, or a half of an earlier one waits.
  void begin_chunk(bool was_mended) { was_mended_ = was_mended; }
  bool is_idle() const { return !was_mended_ && waiting_.empty(); }
  // The text with its halves joined or replaced; `stream` tells the texts of a choice apart.
  std::string join(std::uint32_t choice, std::uint32_t stream, std::string_view text);

 private:
  struct Half {
    std::uint32_t choice = 0;
    std::uint32_t stream = 0;
    char32_t unit = 0;  // 0xD800 to 0xDBFF
  };
  char32_t take(std::uint32_t choice, std::uint32_t stream);

  std::vector<Half> waiting_;
  bool was_mended_ = false;
};

}  // namespace gatehouse::responders
