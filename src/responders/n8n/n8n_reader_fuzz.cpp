// However an answer of n8n is split, the same text comes out, and it is valid UTF-8.
#include <cstdlib>
#include <string>

#include "gatehouse/base/text.hpp"
#include "n8n_reader.hpp"

namespace {

using namespace gatehouse;

class Text final : public chat::ReplySink {
 public:
  void push(chat::ReplyEvent&& event) override {
    if (std::holds_alternative<chat::ReplyEnd>(event)) text += "(end)";
    const auto* const delta = std::get_if<chat::ReplyDelta>(&event);
    if (delta == nullptr) return;
    if (!scan_utf8(delta->text).is_valid) std::abort();
    text += delta->text;
  }
  async::Task<Result<void>> flush() override { co_return Result<void>(); }

  std::string text;
};

std::string text_of(std::string_view body, std::size_t step) {
  codec::JsonReader json;
  Text sink;
  responders::N8nReader reader(json, sink, false);
  while (!body.empty()) {
    const auto read = reader.read(body.substr(0, step));
    if (!read) return sink.text;
    body.remove_prefix(std::min(step, body.size()));
  }
  const auto ended = reader.end();
  static_cast<void>(ended);
  return sink.text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (text_of(body, 1 + data[0] % 32) != text_of(body, body.size() + 1)) std::abort();
  return 0;
}
