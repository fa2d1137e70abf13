// Any text as a reference: what is taken can't leave its place in Vault, and names a program.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gatehouse/settings/secret_reference.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace settings = gatehouse::settings;
  const std::string text(data, data + size);
  const auto found = settings::parse_secret_reference(text);
  if (!found) return 0;
  if (found->kind == settings::SecretReference::Kind::kExec) {
    if (found->arguments.empty() || found->arguments.front().empty()) std::abort();
    return 0;
  }
  const std::string path = "/" + found->vault_path() + "/";
  for (const auto* way_out : {"/../", "/./", "//", "?", "#", "%", " ", "\\"}) {
    if (path.find(way_out) != std::string::npos) std::abort();
  }
  const auto again = settings::parse_secret_reference("vault:" + found->mount + "/" + found->path +
                                                      "#" + found->key);
  if (!again || !(*again == *found)) std::abort();
  return 0;
}
