// Sealing what is kept on a disk: nobody without the keys can read or change it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"

namespace gatehouse::crypto {

struct SealingKey {
  std::uint32_t id = 0;
  Secret key;  // 32 bytes
};

// The newest key seals; all open. Never empty.
class SealingKeys {
 public:
  static SealingKeys make(Random& random);
  // A line for each key, the newest last: its id, a space, its bytes as base64url. Nothing for what
  // is not of that form.
  static std::optional<SealingKeys> from_text(std::string_view text);
  Secret text() const;

  // With a new key, which seals from now on.
  SealingKeys rotated(Random& random) const;
  // The newest key alone, once nothing is sealed with others any more.
  SealingKeys newest_only() const;
  const std::vector<SealingKey>& all() const { return keys_; }
  const SealingKey& newest() const { return keys_.back(); }

 private:
  explicit SealingKeys(std::vector<SealingKey> keys) : keys_(std::move(keys)) {}
  std::vector<SealingKey> keys_;
};

// XAES-256-GCM under keys derived for one purpose. `context` is not kept, but must be the
// same again: what the sealed text belongs to, so that it can't be put in another's place. A sealed
// text is 44 bytes longer. Copies share their keys. Safe from any thread.
class Sealer {
 public:
  Sealer(const SealingKeys& keys, std::string_view purpose);

  std::string seal(std::string_view text, std::string_view context, Random& random) const;
  // Nothing when it was sealed under other keys, for another purpose or context, or was changed.
  std::optional<std::string> open(std::string_view sealed, std::string_view context) const;
  // Whether it is sealed with another key than the newest.
  bool is_outdated(std::string_view sealed) const;
  // The bytes that begin all that the newest key seals.
  std::string newest_mark() const;
  // From now on these keys, in all copies of this sealer.
  void use(const SealingKeys& keys);

 private:
  using Keys = std::shared_ptr<const std::vector<SealingKey>>;
  struct Ring;
  Keys keys() const;

  std::shared_ptr<Ring> ring_;
};

}  // namespace gatehouse::crypto
