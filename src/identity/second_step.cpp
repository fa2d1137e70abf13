#include "gatehouse/identity/second_step.hpp"

#include <span>

#include "gatehouse/identity/totp.hpp"

namespace gatehouse::identity {
namespace {

constexpr int kRecoveryCodes = 10;
constexpr std::size_t kCodeDigits = 6;

FactorOwner owner_of(const Account& account) {
  return {.site = account.site, .account_id = account.id};
}

std::string context_of(const Account& account) { return account.site + "/" + account.id; }

crypto::Digest hash_of(std::string_view recovery_code) {
  return crypto::sha256(normal_recovery_code(recovery_code));
}

}  // namespace

SecondStep::SecondStep(SecondFactors& factors, crypto::Sealer sealer, const Clock& clock,
                       Random& random)
    : factors_(factors), sealer_(std::move(sealer)), clock_(clock), random_(random) {}

async::Task<Result<std::optional<SecondFactor>>> SecondStep::find(async::Worker& home,
                                                                  Account account) {
  auto found = co_await factors_.find(home, owner_of(account));
  if (found && *found && !(**found).is_confirmed) found->reset();
  co_return found;
}

Result<Secret> SecondStep::key_of(const SecondFactor& factor, const Account& account) const {
  auto key = sealer_.open(factor.sealed_key, context_of(account));
  if (!key) {
    return fail(ErrorCode::kUnavailable, "Signing in is not possible at the moment.",
                "the second factor of account:" + account.id +
                    " can't be opened: it was sealed with a key that store.key_file doesn't have");
  }
  return Secret(std::move(*key));
}

async::Task<Result<NewFactor>> SecondStep::begin(async::Worker& home, Account account) {
  std::string bytes(kTotpKeyBytes, '\0');
  random_.fill(std::as_writable_bytes(std::span(bytes)));
  const Secret key(std::move(bytes));
  auto begun = co_await factors_.begin(home, owner_of(account),
                                       sealer_.seal(key.reveal(), context_of(account), random_));
  if (!begun) co_return std::unexpected(begun.error());
  co_return NewFactor{.key = to_base32(key.reveal()), .uri = totp_uri(key, account.name)};
}

async::Task<Result<std::vector<std::string>>> SecondStep::confirm(async::Worker& home,
                                                                  Account account, std::string code,
                                                                  audit::Event event) {
  const auto factor = co_await factors_.find(home, owner_of(account));
  if (!factor) co_return std::unexpected(factor.error());
  if (!*factor || (**factor).is_confirmed)
    co_return fail(ErrorCode::kConflict, "Begin with a new second factor first.");
  const auto key = key_of(**factor, account);
  if (!key) co_return std::unexpected(key.error());
  const auto step = match_totp(*key, code, clock_.wall(), (**factor).last_step);
  if (!step) co_return fail_field("code", "That is not the code that the app shows now.");
  std::vector<std::string> codes;
  std::vector<crypto::Digest> hashes;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    codes.push_back(make_recovery_code(random_));
    hashes.push_back(hash_of(codes.back()));
  }
  auto confirmed = co_await factors_.confirm(home, owner_of(account), *step, std::move(hashes),
                                             std::move(event));
  if (!confirmed) co_return std::unexpected(confirmed.error());
  co_return codes;
}

async::Task<Result<bool>> SecondStep::check(async::Worker& home, Account account, std::string code,
                                            audit::Event event) {
  const auto factor = co_await find(home, account);
  if (!factor) co_return std::unexpected(factor.error());
  if (!*factor) co_return true;
  if (code.size() != kCodeDigits) {
    co_return co_await factors_.use_recovery_code(home, owner_of(account), hash_of(code),
                                                  std::move(event));
  }
  const auto key = key_of(**factor, account);
  if (!key) co_return std::unexpected(key.error());
  const auto step = match_totp(*key, code, clock_.wall(), (**factor).last_step);
  if (!step) co_return false;
  co_return co_await factors_.use_step(home, owner_of(account), *step);
}

async::Task<Result<void>> SecondStep::remove(async::Worker& home, Account account,
                                             audit::Event event) {
  co_return co_await factors_.remove(home, owner_of(account), std::move(event));
}

}  // namespace gatehouse::identity
