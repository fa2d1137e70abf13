// No form makes the reader fall over, and what was read is read the same when it is written again.
#include <cstdlib>

#include "gatehouse/codec/form.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gatehouse::codec::FormFields;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Nothing is found that stands nowhere in the text.
  const auto form = FormFields::read(text);
  if (form && !text.contains("name") && !text.contains('%') && form->get("name")) std::abort();
  const auto half = text.size() / 2;
  std::string written;
  gatehouse::codec::append_form_field(written, text.substr(0, half), text.substr(half));
  if (const auto again = FormFields::read(written)) {
    if (again->get(text.substr(0, half)) != text.substr(half)) std::abort();
  }
  return 0;
}
