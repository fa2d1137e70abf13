// Sealing what is kept on a disk: nobody without the secret can read or change it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"

namespace gatehouse::crypto {

// XChaCha20-Poly1305 under a key derived from a secret of any length for one purpose. `context` is
// not kept, but must be the same again: what the sealed text belongs to, so that it can't be put in
// another's place. A sealed text is 40 bytes longer. Immutable; safe from any thread.
class Sealer {
 public:
  Sealer(const Secret& secret, std::string_view purpose);

  std::string seal(std::string_view text, std::string_view context, Random& random) const;
  // Nothing when it was sealed under another secret, purpose or context, or was changed.
  std::optional<std::string> open(std::string_view sealed, std::string_view context) const;

 private:
  Secret key_;
};

}  // namespace gatehouse::crypto
