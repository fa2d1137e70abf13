#include "gatehouse/guard/challenges.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::string_view kAlgorithm = "SHA-256";
constexpr std::size_t kSaltBytes = 12;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kBindingCharacters = 32;
constexpr std::size_t kMaxUsed = 100'000;

crypto::MacKey fresh_key(Random& random, std::string_view purpose) {
  return crypto::MacKey(Secret(random_token(random, kKeyBytes)), purpose);
}

// The value of `name` in "salt?expires=1&bind=2"; empty if there is none.
std::string_view parameter_of(std::string_view salt, std::string_view name) {
  const auto start = salt.find('?');
  if (start == std::string_view::npos) return {};
  for (auto rest = salt.substr(start + 1); !rest.empty();) {
    const auto part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part.starts_with(name) && part.substr(name.size()).starts_with('='))
      return part.substr(name.size() + 1);
  }
  return {};
}

std::string challenge_of(std::string_view salt, std::uint64_t number) {
  return crypto::sha256_hex(std::string(salt) + std::to_string(number));
}

}  // namespace

std::string_view name_of(Challenges::Answer answer) {
  switch (answer) {
    case Challenges::Answer::kSolved:
      return "solved";
    case Challenges::Answer::kWrong:
      return "wrong";
    case Challenges::Answer::kExpired:
      return "expired";
    case Challenges::Answer::kForSomebodyElse:
      return "for somebody else";
    case Challenges::Answer::kUsed:
      return "used before";
  }
  return "wrong";
}

Challenges::Challenges(Random& random, ChallengeSettings settings)
    : random_(random),
      settings_(settings),
      signing_(fresh_key(random, "challenge")),
      binding_(fresh_key(random, "challenge binding")) {}

std::string Challenges::binding_of(const IpPrefix& client, std::string_view site) const {
  const auto mac = binding_.sign(client.to_string() + "\n" + std::string(site));
  return to_hex(crypto::as_text(mac)).substr(0, kBindingCharacters);
}

std::string Challenges::issue(const IpPrefix& client, std::string_view site, WallTime now) {
  const auto expires_at =
      now + std::chrono::duration_cast<std::chrono::milliseconds>(settings_.lifetime);
  const std::string salt = random_token(random_, kSaltBytes) +
                           "?expires=" + std::to_string(unix_seconds(expires_at)) +
                           "&bind=" + binding_of(client, site) + "&";
  const std::string challenge = challenge_of(salt, random_.below(settings_.greatest_number + 1));
  std::string out;
  JsonWriter(out)
      .begin_object()
      .member("algorithm", kAlgorithm)
      .member("challenge", challenge)
      .member("maxnumber", settings_.greatest_number)
      .member("salt", salt)
      .member("signature", to_hex(crypto::as_text(signing_.sign(challenge))))
      .end_object();
  return out;
}

Challenges::Answer Challenges::check(const ChallengeSolution& solution, const IpPrefix& client,
                                     std::string_view site, WallTime now) {
  // The signature first: nothing else is worth a look unless the challenge is ours.
  const std::string signature = to_hex(crypto::as_text(signing_.sign(solution.challenge)));
  const bool is_ours = crypto::equals_in_constant_time(signature, solution.signature);
  if (!is_ours || solution.algorithm != kAlgorithm ||
      challenge_of(solution.salt, solution.number) != solution.challenge)
    return Answer::kWrong;
  const auto expires_s = parse_u64(parameter_of(solution.salt, "expires"));
  if (!expires_s) return Answer::kWrong;
  const WallTime expires_at{std::chrono::seconds(*expires_s)};
  if (expires_at <= now) return Answer::kExpired;
  if (parameter_of(solution.salt, "bind") != binding_of(client, site))
    return Answer::kForSomebodyElse;
  return use(solution.challenge, expires_at, now) ? Answer::kSolved : Answer::kUsed;
}

// False if it was used before, or so many are remembered that no further can be.
bool Challenges::use(std::string_view challenge, WallTime expires_at, WallTime now) {
  const std::lock_guard lock(mutex_);
  while (!used_by_expiry_.empty() && used_by_expiry_.begin()->first <= now) {
    used_.erase(used_by_expiry_.begin()->second);
    used_by_expiry_.erase(used_by_expiry_.begin());
  }
  if (used_.size() >= kMaxUsed || !used_.insert(std::string(challenge)).second) return false;
  used_by_expiry_.emplace(expires_at, challenge);
  return true;
}

}  // namespace gatehouse::guard
