#include "gatehouse/crypto/sealer.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <shared_mutex>
#include <span>

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "xaes_256_gcm.hpp"

namespace gatehouse::crypto {
namespace {

constexpr std::size_t kIdBytes = 4;
static_assert(kXaesKeyBytes == std::tuple_size_v<Digest>);

// The id of the key, before the nonce.
std::string bytes_of_id(std::uint32_t id) {
  std::string bytes;
  for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((id >> shift) & 0xFF);
  return bytes;
}

SealingKey make_key(std::uint32_t id, Random& random) {
  std::string bytes(std::tuple_size_v<Digest>, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return {.id = id, .key = Secret(std::move(bytes))};
}

std::optional<SealingKey> read_key(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto id = parse_u64(line.substr(0, space));
  auto bytes = from_base64url(line.substr(space + 1));
  if (!id || *id == 0 || *id > UINT32_MAX || !bytes || bytes->size() != sizeof(Digest))
    return std::nullopt;
  return SealingKey{.id = static_cast<std::uint32_t>(*id), .key = Secret(std::move(*bytes))};
}

}  // namespace

SealingKeys SealingKeys::make(Random& random) {
  std::vector<SealingKey> keys;
  keys.push_back(make_key(1, random));
  return SealingKeys(std::move(keys));
}

std::optional<SealingKeys> SealingKeys::from_text(std::string_view text) {
  std::vector<SealingKey> keys;
  for (const auto line : split(text, '\n')) {
    auto key = read_key(line);
    if (!key || (!keys.empty() && keys.back().id >= key->id)) return std::nullopt;
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return std::nullopt;
  return SealingKeys(std::move(keys));
}

Secret SealingKeys::text() const {
  std::string text;
  for (const auto& each : keys_)
    text.append(std::to_string(each.id)).append(" ").append(to_base64url(each.key.reveal())) +=
        '\n';
  return Secret(std::move(text));
}

SealingKeys SealingKeys::rotated(Random& random) const {
  auto keys = keys_;
  keys.push_back(make_key(keys.back().id + 1, random));
  return SealingKeys(std::move(keys));
}

SealingKeys SealingKeys::newest_only() const { return SealingKeys({keys_.back()}); }

struct Sealer::Ring {
  std::string purpose;
  mutable std::shared_mutex mutex;
  Keys keys;
};

Sealer::Sealer(const SealingKeys& keys, std::string_view purpose)
    : ring_(std::make_shared<Ring>()) {
  ring_->purpose = purpose;
  use(keys);
}

void Sealer::use(const SealingKeys& keys) {
  auto derived = std::make_shared<std::vector<SealingKey>>();
  for (const auto& each : keys.all()) {
    const auto key = MacKey(each.key, "seal").sign(ring_->purpose);
    derived->push_back({.id = each.id, .key = Secret(std::string(as_text(key)))});
  }
  const std::unique_lock lock(ring_->mutex);
  ring_->keys = std::move(derived);
}

Sealer::Keys Sealer::keys() const {
  const std::shared_lock lock(ring_->mutex);
  return ring_->keys;
}

std::string Sealer::seal(std::string_view text, std::string_view context, Random& random) const {
  const auto all = keys();
  const SealingKey& newest = all->back();
  std::array<char, kXaesNonceBytes> nonce{};
  random.fill(std::as_writable_bytes(std::span(nonce)));
  const std::string_view nonce_text(nonce.data(), nonce.size());
  std::string sealed = bytes_of_id(newest.id);
  sealed.append(nonce_text);
  append_xaes_sealed(sealed, newest.key.reveal(), nonce_text, text, context);
  return sealed;
}

std::optional<std::string> Sealer::open(std::string_view sealed, std::string_view context) const {
  if (sealed.size() < kIdBytes + kXaesNonceBytes) return std::nullopt;
  const auto all = keys();
  const auto key = std::ranges::find_if(
      *all, [&](const SealingKey& each) { return sealed.starts_with(bytes_of_id(each.id)); });
  if (key == all->end()) return std::nullopt;
  return open_xaes(key->key.reveal(), sealed.substr(kIdBytes, kXaesNonceBytes),
                   sealed.substr(kIdBytes + kXaesNonceBytes), context);
}

bool Sealer::is_outdated(std::string_view sealed) const {
  return !sealed.starts_with(newest_mark());
}

std::string Sealer::newest_mark() const { return bytes_of_id(keys()->back().id); }

}  // namespace gatehouse::crypto
