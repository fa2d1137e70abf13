// Any text as gatehouse.toml, and the same text as a value of the environment.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fake_machine.hpp"
#include "gatehouse/settings/commands.hpp"
#include "gatehouse/settings/load.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace settings = gatehouse::settings;
  const std::string text(data, data + size);
  const settings::FakeFiles files{{"gatehouse.toml", text}, {"/secret", text}};
  settings::check(settings::load(settings::FakeEnvironment(), files, {}));

  const settings::FakeEnvironment environment{
      {"GATEHOUSE_LISTEN", text},         {"FLASK_HOST", text},        {"GATEHOUSE_HOSTS", text},
      {"ALLOWED_ORIGINS", text},          {"OPENAI_BASE_URL", text},   {"GATEHOUSE_API_KEYS", text},
      {"SESSION_SECRET_FILE", "/secret"}, {"RATE_LIMIT_WINDOW", text}, {"GATEHOUSE_" + text, text},
      {"GATEHOUSE_TRUSTED_PROXIES", text}};
  settings::check(settings::load(environment, settings::FakeFiles{{"/secret", text}}, {}));
  return 0;
}
