// Any bytes as an answer of Vault's: a text at the key, or an error that repeats none of them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "vault.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace settings = gatehouse::settings;
  if (size < 2) return 0;
  static const auto kReference = settings::parse_secret_reference("vault:secret/a#session").value();
  const auto status = static_cast<std::uint16_t>(data[0] + 256 * (data[1] % 3));
  const std::string body(data + 2, data + size);
  const auto found = gatehouse::secrets::read_vault_answer(status, body, kReference);
  if (!found && found.error().client_message.empty()) std::abort();
  return 0;
}
