// Which passwords are good enough (NIST SP 800-63B-4 §3.1.1): long ones that nobody else has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/base/secret.hpp"

namespace gatehouse::identity {

// The passwords that everybody tries first. A view of the sorted first eight bytes of SHA-256 of
// each in lower case, big-endian, which tools/common_passwords.mjs writes; the bytes outlive it.
class CommonPasswords {
 public:
  CommonPasswords() = default;
  explicit CommonPasswords(std::string_view table) : table_(table) {}
  bool contains(std::string_view lower_case) const;

 private:
  std::string_view table_;
};

// What nobody's password may be, or hold.
struct PasswordTerms {
  CommonPasswords common = {};
  std::vector<std::string> site_words = {};  // in lower case: what the place is called
};

struct NewPassword {
  const Secret& password;  // as normal_password() gives it
  std::string_view account_name;
  bool has_second_factor = false;  // then 8 characters are enough, instead of 15
};

// A password as it is hashed: NFKC, so that the same keys give the same password on every system.
// The error names the field `field`: not UTF-8, or NUL.
Result<Secret> normal_password(std::string_view text, std::string_view field);

// At most 128 characters of any script; nothing is asked of which characters they are. Refused are
// common ones, also with figures and marks around them, repetitions, rows of neighbours and the
// names of the account and of the place. The error names the field `new_password`.
Result<void> check_new_password(const NewPassword& candidate, const PasswordTerms& terms);

}  // namespace gatehouse::identity
