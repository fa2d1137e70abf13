// No metadata and no set of keys makes the reader fall over, and nobody is sent to what isn't
// https.
#include <cstdlib>

#include "gatehouse/identity/openid/key_set.hpp"
#include "gatehouse/identity/openid/metadata.hpp"

using namespace gatehouse::identity::openid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto metadata = read_metadata(text, "https://a.example")) {
    for (const auto& url :
         {metadata->authorization_endpoint, metadata->token_endpoint, metadata->jwks_uri,
          metadata->userinfo_endpoint, metadata->end_session_endpoint}) {
      if (!url.empty() && !url.starts_with("https://")) std::abort();
      if (url.find_first_of(" \r\n\t#\\") != std::string::npos) std::abort();
    }
  }
  if (const auto keys = KeySet::read(text); keys && keys->size() > kMaxKeys) std::abort();
  return 0;
}
